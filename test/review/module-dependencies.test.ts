import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPlan } from '../../lib/terraform';
import { run } from '../support/processes';
import { describeWithTerraform, TERRAFORM } from '../support/terraform';

const MAIN = `
module "net" {
  source = "./net"
}
module "late" {
  source     = "./net"
  depends_on = [terraform_data.first]
}
module "counted" {
  source = "./net"
  count  = terraform_data.first.id == null ? 0 : 1
}
resource "terraform_data" "first" {
  input = "x"
}
resource "terraform_data" "output" {
  input = module.net.a
}
resource "terraform_data" "ordered_output" {
  input = module.net.after_b
}
resource "terraform_data" "whole" {
  input = module.net
}
resource "terraform_data" "after" {
  depends_on = [module.net]
}
resource "terraform_data" "provisioned" {
  provisioner "local-exec" {
    command = "echo \${terraform_data.first.id}"
  }
}
`;
const NET = `
module "sub" {
  source = "./sub"
}
resource "terraform_data" "a" {}
resource "terraform_data" "b" {}
resource "terraform_data" "c" {}
output "a" {
  value = terraform_data.a.id
}
output "c" {
  value = terraform_data.c.id
}
output "after_b" {
  value      = terraform_data.a.id
  depends_on = [terraform_data.b]
}
`;

describeWithTerraform('the dependencies in a plan with modules', () => {
  let dependencies: ReturnType<typeof readPlan>['dependencies'];

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zec-modules-'));
    mkdirSync(join(folder, 'net', 'sub'), { recursive: true });
    writeFileSync(join(folder, 'main.tf'), MAIN);
    writeFileSync(join(folder, 'net', 'main.tf'), NET);
    writeFileSync(join(folder, 'net', 'sub', 'main.tf'), 'resource "terraform_data" "d" {}\n');
    const terraform = async (...args: readonly string[]) => {
      const { code, stdout, output } = await run(TERRAFORM, args, {
        cwd: folder,
        env: { CHECKPOINT_DISABLE: '1' },
      });
      if (code !== 0) throw new Error(output);
      return stdout;
    };
    await terraform('init');
    // The count is known if its resource exists.
    await terraform('apply', '-auto-approve', '-target=terraform_data.first');
    await terraform('plan', '-out=plan.bin');
    ({ dependencies } = readPlan(Buffer.from(await terraform('show', '-json', 'plan.bin'))));
    rmSync(folder, { recursive: true });
  });

  const inNet = (...names: readonly string[]) => names.map((name) => `module.net.terraform_data.${name}`);

  test.each([
    ['an output of a module', 'terraform_data.output', inNet('a')],
    ['an output with depends_on', 'terraform_data.ordered_output', inNet('a', 'b')],
    ['all outputs of a module', 'terraform_data.whole', inNet('a', 'b', 'c')],
    [
      'a module in depends_on',
      'terraform_data.after',
      [...inNet('a', 'b', 'c'), 'module.net.module.sub.terraform_data.d'],
    ],
    ['a reference of a provisioner', 'terraform_data.provisioned', ['terraform_data.first']],
    ['depends_on of its module', 'module.late.terraform_data.c', ['terraform_data.first']],
    ['depends_on of a module around', 'module.late.module.sub.terraform_data.d', ['terraform_data.first']],
    ['count of its module', 'module.counted.terraform_data.c', ['terraform_data.first']],
    ['nothing', 'module.net.terraform_data.c', []],
  ])('%s', (_, block, expected) => {
    expect(dependencies.reachable(block)).toEqual(new Set(expected));
  });
});
