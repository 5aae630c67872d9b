import { App, TerraformProvider, TerraformResource, TerraformStack, TerraformVariable } from 'cdktf';
import type { Construct } from 'constructs';
import { NicAttachment } from 'cdktf-zenlayer-zec';

// The vendor's provider reads its credentials from the same environment variables as the attachment.
class ZenlayerProvider extends TerraformProvider {
  public constructor(scope: Construct, id: string) {
    super(scope, id, {
      terraformResourceType: 'zenlayercloud',
      terraformGeneratorMetadata: { providerName: 'zenlayercloud' },
      terraformProviderSource: 'zenlayer/zenlayercloud',
    });
  }
}

const app = new App();
const stack = new TerraformStack(app, 'with-vendor-provider');
const zenlayer = new ZenlayerProvider(stack, 'zenlayer');

/** A resource of the vendor's provider. `cdktf get` would generate typed classes for them. */
function resource(id: string, type: string, config: Readonly<Record<string, unknown>>): TerraformResource {
  const element = new TerraformResource(stack, id, {
    terraformResourceType: type,
    terraformGeneratorMetadata: { providerName: 'zenlayercloud' },
    provider: zenlayer,
  });
  for (const [name, value] of Object.entries(config)) element.addOverride(name, value);
  return element;
}

const subnetId = new TerraformVariable(stack, 'subnet_id', { type: 'string' });
const imageId = new TerraformVariable(stack, 'image_id', { type: 'string' });

const instance = resource('router', 'zenlayercloud_zec_instance', {
  availability_zone: 'asia-east-1a',
  instance_type: 'z2a.cpu.1',
  image_id: imageId.stringValue,
  subnet_id: subnetId.stringValue,
  system_disk_size: 40,
  instance_name: 'router',
});

const nic = resource('inside', 'zenlayercloud_zec_vnic', {
  subnet_id: subnetId.stringValue,
  name: 'router-inside',
});

// Both IDs are known only after apply: Terraform creates the attachment last, and destroys it first.
new NicAttachment(stack, 'router-inside', {
  nicId: nic.getStringAttribute('id'),
  instanceId: instance.getStringAttribute('id'),
  timeouts: { create: '15m' },
});

app.synth();
