import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, LocalBackend, TerraformStack } from 'cdktf';
import type { Simulator } from '../../lib/simulator';
import { parseWorld, startSimulator } from '../../lib/simulator';
import { ZecClient } from '../../lib/zec/client';
import { resolveSettings } from '../../lib/zec/settings';
import { InProcessProviders } from '../support/in-process-providers';
import { run, start } from '../support/processes';
import type { Finished, Started } from '../support/processes';
import { TERRAFORM } from '../support/terraform';

/** Creates an API client for the deployment's simulator. */
export function clientOf({ environment, folder }: Deployment): ZecClient {
  return new ZecClient(resolveSettings({ env: environment, homeDir: folder }));
}

/** Undoes Terraform's line wrapping of messages. */
export const unwrap = (output: string) => output.replace(/[\s│╷╵]+/g, ' ');

export const ACCESS_KEY_ID = 'e2e-key-id';
export const ACCESS_KEY_PASSWORD = 'e2e-key-password';

export interface InitialWorld {
  readonly instances: readonly {
    readonly instanceId: string;
    readonly status?: string | undefined;
    readonly instanceName?: string | undefined;
    readonly enableAgent?: boolean | undefined;
    readonly zoneId?: string | undefined;
  }[];
  /** Secondary vNICs by default. One with an `instanceId` is `USED`. */
  readonly nics: readonly {
    readonly nicId: string;
    readonly instanceId?: string | undefined;
    readonly status?: string | undefined;
    readonly name?: string | undefined;
    readonly regionId?: string | undefined;
    readonly nicType?: string | undefined;
    readonly publicIpList?: readonly string[] | undefined;
    readonly primaryIpv4?: string | undefined;
  }[];
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A resource change of Terraform's plan JSON. */
export interface ResourceChange {
  readonly address: string;
  readonly actions: readonly string[];
}

export type Format = 'JSON' | 'HCL';

/** A stack that real Terraform deploys to a simulated cloud. Each synth writes to the same folder, like cdktf. */
export class Deployment {
  public static readonly STACK = 'e2e';
  private initialized = false;
  private movedTo: string | undefined;
  private providers: InProcessProviders | undefined;

  private constructor(
    public readonly simulator: Simulator,
    private readonly context: Readonly<Record<string, string>>,
    private readonly prepare: (directory: string) => void,
    public readonly folder = mkdtempSync(join(tmpdir(), 'zec-e2e-')),
  ) {}

  public static async start(
    world: InitialWorld,
    context: Readonly<Record<string, string>>,
    /** Called with the stack's folder before `terraform init`. */
    prepare: (directory: string) => void = () => undefined,
  ): Promise<Deployment> {
    const simulator = await startSimulator({
      world: parseWorld({
        instances: world.instances.map((instance) => ({
          zoneId: 'asia-east-1a',
          status: 'RUNNING',
          ...instance,
        })),
        nics: world.nics.map((nic) => ({
          regionId: 'asia-east-1',
          nicType: 'Secondary',
          status: nic.instanceId === undefined ? 'AVAILABLE' : 'USED',
          ...nic,
        })),
        credentials: [{ accessKeyId: ACCESS_KEY_ID, accessKeyPassword: ACCESS_KEY_PASSWORD }],
        settings: { attachMs: [50, 150], detachMs: [50, 150], ...world.settings },
      }),
    });
    return new Deployment(simulator, context, prepare);
  }

  /**
   * Like `start`, but Terraform uses providers in this process, and each command has a temporary folder of its own, as on a
   * machine of its own: no command waits for the reads after an earlier one to be consistent. What concerns the processes of
   * a provider or the files that processes share needs {@link useProcesses}.
   */
  public static async fast(...args: Parameters<typeof Deployment.start>): Promise<Deployment> {
    const deployment = await Deployment.start(...args);
    deployment.providers = new InProcessProviders();
    return deployment;
  }

  /** From now on, Terraform starts the providers, and all commands share a temporary folder. */
  public useProcesses(): void {
    this.providers = undefined;
  }

  public get directory(): string {
    return this.movedTo ?? join(this.folder, 'stacks', Deployment.STACK);
  }

  /** Synthesizes a stack with the constructs that `declare` adds. For HCL it sets what "cdktf synth --hcl" sets. */
  public synth(declare: (stack: TerraformStack) => void, format: Format = 'JSON'): void {
    process.env.SYNTH_HCL_OUTPUT = String(format === 'HCL');
    const app = new App({ outdir: this.folder, context: { ...this.context } });
    const stack = new TerraformStack(app, Deployment.STACK);
    new LocalBackend(stack, { path: 'terraform.tfstate' });
    declare(stack);
    app.synth();
  }

  public get environment(): Record<string, string> {
    return {
      CHECKPOINT_DISABLE: '1',
      TF_IN_AUTOMATION: '1',
      // A provider that is killed leaves its socket.
      TMPDIR: this.folder,
      ZENLAYERCLOUD_DOMAIN: new URL(this.simulator.endpoint).host,
      ZENLAYERCLOUD_SCHEME: 'http',
      ZENLAYERCLOUD_ACCESS_KEY_ID: ACCESS_KEY_ID,
      ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: ACCESS_KEY_PASSWORD,
    };
  }

  /** Runs `terraform init`. Required again if the stack needs other providers. */
  public async initialize(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.prepare(this.directory);
    const { code, output } = await run(TERRAFORM, ['init', '-input=false', '-no-color'], {
      cwd: this.directory,
      env: { ...this.environment, ...env },
    });
    if (code !== 0) throw new Error(`terraform init failed:\n${output}`);
    this.initialized = true;
  }

  public async start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    program = TERRAFORM,
  ): Promise<Started> {
    if (!this.initialized) await this.initialize(env);
    const [command = '', ...rest] = args;
    const takesInput = !['query', 'show', 'test', 'validate'].includes(command);
    const flags = takesInput ? ['-input=false', '-no-color'] : ['-no-color'];
    const settings = { ...this.environment, ...env };
    const providers = await this.providers?.serve(settings);
    const own = providers && { ...providers.env, TMPDIR: mkdtempSync(join(this.folder, 'tmp-')) };
    const started = start(program, [command, ...flags, ...rest], {
      cwd: this.directory,
      env: { ...settings, ...own },
    });
    const close = () => providers?.close();
    void started.finished.then(close, close);
    return started;
  }

  /** A deployment of the synthesized stack from another folder, with the same cloud. */
  public at(directory: string): Deployment {
    const other = new Deployment(this.simulator, this.context, this.prepare, this.folder);
    other.movedTo = directory;
    other.providers = this.providers;
    return other;
  }

  /** Another stack, with its own folder and state, and the same cloud. */
  public secondStack(context = this.context): Deployment {
    const other = new Deployment(this.simulator, context, this.prepare);
    other.providers = this.providers;
    return other;
  }

  /** Runs Terraform and returns its exit code and output, whether it fails or not. */
  public async terraform(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    program = TERRAFORM,
  ): Promise<Finished> {
    return (await this.start(args, env, program)).finished;
  }

  public async apply(...options: readonly string[]): Promise<string> {
    return this.succeed(['apply', '-auto-approve', ...options]);
  }

  public async destroy(): Promise<string> {
    return this.succeed(['destroy', '-auto-approve']);
  }

  /** Plans, saves the plan as `plan.bin`, and returns it as JSON. */
  public async savedPlan(...options: readonly string[]): Promise<string> {
    await this.succeed(['plan', '-out=plan.bin', ...options]);
    return this.show('plan.bin');
  }

  /** The state, or a saved plan, as JSON. */
  public async show(...file: readonly string[]): Promise<string> {
    const { stdout, stderr, code } = await this.terraform(['show', '-json', ...file]);
    if (code !== 0) throw new Error(`terraform show failed:\n${stderr}`);
    return stdout;
  }

  /** Removes a resource from the state without destroying it. */
  public async removeFromState(address: string): Promise<void> {
    const { environment: env, directory: cwd } = this;
    const { code, output } = await run(TERRAFORM, ['state', 'rm', address], { cwd, env });
    if (code !== 0) throw new Error(`terraform state rm failed:\n${output}`);
  }

  /** The resource changes of a new plan, without no-ops and reads. */
  public async plan(): Promise<readonly ResourceChange[]> {
    const plan = JSON.parse(await this.savedPlan()) as {
      resource_changes?: { address: string; change: { actions: string[] } }[];
    };
    return (plan.resource_changes ?? [])
      .map(({ address, change }) => ({ address, actions: change.actions }))
      .filter(({ actions }) => actions.join() !== 'no-op' && actions.join() !== 'read');
  }

  /** The actual state of a vNIC: `USED ins-1`, `AVAILABLE free` or `gone`. */
  public nic(nicId: string): string {
    const nic = this.simulator.cloud.world().nics.find((each) => each.nicId === nicId);
    return nic === undefined ? 'gone' : `${nic.status} ${nic.instanceId ?? 'free'}`;
  }

  /** The mutating requests that reached the API, such as `Attach nic-1 ins-1`, with the code of a rejected one. */
  public get changes(): readonly string[] {
    return this.simulator.cloud.requests().flatMap(({ action, parameters, code }) => {
      if (action !== 'AttachNetworkInterface' && action !== 'DetachNetworkInterface') return [];
      const { nicId, instanceId } = parameters as { nicId: string; instanceId?: string };
      return [[action.replace('NetworkInterface', ''), nicId, instanceId, code].filter(Boolean).join(' ')];
    });
  }

  public stateAddresses(): readonly string[] {
    return this.recordedResources().flatMap(({ type, name, instances }) =>
      instances.map(
        ({ index_key, status }) =>
          `${type}.${name}${index_key === undefined ? '' : `["${index_key}"]`}${status === undefined ? '' : ` (${status})`}`,
      ),
    );
  }

  /** The attachments in Terraform's state: vNIC to instance, with the status of a tainted one. */
  public recorded(): Readonly<Record<string, string>> {
    const attached = this.recordedResources().filter(
      ({ type, name }) => type === 'zec_nic_attachment' || name === 'nic_attachment',
    );
    const entries = attached.flatMap(({ instances }) =>
      instances.map(({ attributes, status }): [string, string] => {
        const { nic_id, instance_id } = idsOf(attributes);
        return [nic_id, status === undefined ? instance_id : `${instance_id} (${status})`];
      }),
    );
    return Object.fromEntries(entries);
  }

  /** All files in the folder and its subfolders. */
  public files(): readonly { readonly path: string; readonly text: string }[] {
    return readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ path, text: readFileSync(path, 'latin1') }));
  }

  public subfolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  public async close(): Promise<void> {
    await this.simulator.close();
    this.remove();
  }

  /** Removes the folder but keeps the cloud. */
  public remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The resources in the state, which may not exist, or be empty where OpenTofu was killed. */
  private recordedResources(): readonly RecordedResource[] {
    const path = join(this.directory, 'terraform.tfstate');
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return text === '' ? [] : (JSON.parse(text) as { resources: RecordedResource[] }).resources;
  }

  private async succeed(args: readonly string[]): Promise<string> {
    const { code, output } = await this.terraform(args);
    if (code !== 0) throw new Error(`terraform ${args.join(' ')} exited with ${code}:\n${output}`);
    return output;
  }
}

interface RecordedResource {
  readonly type: string;
  readonly name: string;
  readonly instances: readonly {
    readonly index_key?: string;
    readonly status?: string;
    readonly attributes: unknown;
  }[];
}

interface RecordedIds {
  readonly nic_id: string;
  readonly instance_id: string;
}

/** The IDs in the attributes of any resource type that represents an attachment. */
function idsOf(attributes: unknown): RecordedIds {
  const { triggers, triggers_replace } = attributes as {
    triggers?: RecordedIds;
    triggers_replace?: { value: RecordedIds };
  };
  return triggers ?? triggers_replace?.value ?? (attributes as RecordedIds);
}
