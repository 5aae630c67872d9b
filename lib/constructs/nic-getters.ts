import { Construct } from 'constructs';

/** The part of the framework's resources and data sources that the getters use. */
export interface NicBlock {
  readonly fqn: string;
  getStringAttribute(name: string): string;
  getListAttribute(name: string): string[];
  getStringMapAttribute(name: string): { [key: string]: string };
}

/** The attributes of a vNIC. jsii copies its members to the classes that extend it. @internal */
export abstract class NicGetters extends Construct {
  /** The block with the attributes. @param getter the name of the getter, for the error if there is no block @internal */
  protected abstract _block(getter: string): NicBlock;

  /** The address of the Terraform block. */
  public get fqn(): string {
    return this._block('fqn').fqn;
  }

  /** The name of the vNIC. */
  public get name(): string {
    return this._block('name').getStringAttribute('name');
  }

  /** The ID of the vNIC's region. */
  public get regionId(): string {
    return this._block('regionId').getStringAttribute('region_id');
  }

  /** The ID of the vNIC's VPC. */
  public get vpcId(): string {
    return this._block('vpcId').getStringAttribute('vpc_id');
  }

  /** The ID of the vNIC's subnet. */
  public get subnetId(): string {
    return this._block('subnetId').getStringAttribute('subnet_id');
  }

  /** The address family of the vNIC: `IPv4`, `IPv4_IPv6` or `IPv6`. */
  public get nicSubnetType(): string {
    return this._block('nicSubnetType').getStringAttribute('nic_subnet_type');
  }

  /** The ID of the vNIC's security group. */
  public get securityGroupId(): string {
    return this._block('securityGroupId').getStringAttribute('security_group_id');
  }

  /** The ID of the vNIC's resource group. */
  public get resourceGroupId(): string {
    return this._block('resourceGroupId').getStringAttribute('resource_group_id');
  }

  /** The MAC address of the vNIC. */
  public get macAddress(): string {
    return this._block('macAddress').getStringAttribute('mac_address');
  }

  /** The primary IPv4 address of the vNIC. */
  public get primaryIpv4(): string {
    return this._block('primaryIpv4').getStringAttribute('primary_ipv4');
  }

  /** The secondary IPv4 addresses of the vNIC. */
  public get secondaryIpv4s(): string[] {
    return this._block('secondaryIpv4s').getListAttribute('secondary_ipv4s');
  }

  /** The primary IPv6 address of the vNIC. */
  public get primaryIpv6(): string {
    return this._block('primaryIpv6').getStringAttribute('primary_ipv6');
  }

  /** The IPv6 CIDR block of the vNIC. */
  public get ipv6Cidr(): string {
    return this._block('ipv6Cidr').getStringAttribute('ipv6_cidr');
  }

  /** All private IP addresses of the vNIC. */
  public get privateIps(): string[] {
    return this._block('privateIps').getListAttribute('private_ips');
  }

  /** All public IP addresses of the vNIC. */
  public get publicIps(): string[] {
    return this._block('publicIps').getListAttribute('public_ips');
  }

  /** The tags of the vNIC. */
  public get tags(): { [key: string]: string } {
    return this._block('tags').getStringMapAttribute('tags');
  }
}

/** All attributes of a vNIC, including those that change when it is attached. @internal */
export abstract class NicStatusGetters extends NicGetters {
  /** The ID of the vNIC. */
  public get nicId(): string {
    return this._block('nicId').getStringAttribute('nic_id');
  }

  /** The ID of the instance that the vNIC is attached to, or null. */
  public get instanceId(): string {
    return this._block('instanceId').getStringAttribute('instance_id');
  }

  /** The status of the vNIC, such as `AVAILABLE` or `USED`. */
  public get status(): string {
    return this._block('status').getStringAttribute('status');
  }

  /** The type of the vNIC: `Primary` or `Secondary`. */
  public get nicType(): string {
    return this._block('nicType').getStringAttribute('nic_type');
  }
}
