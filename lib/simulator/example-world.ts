import type { WorldInput } from './world';

/** An example world: two instances with their primary vNICs, one attached vNIC and two free ones. */
export const EXAMPLE_WORLD: WorldInput = {
  instances: [
    { instanceId: 'ins-web-1', instanceName: 'web-1', zoneId: 'asia-east-1a', status: 'RUNNING' },
    { instanceId: 'ins-web-2', instanceName: 'web-2', zoneId: 'asia-east-1a', status: 'RUNNING' },
  ],
  nics: [
    primary('nic-web-1-primary', 'ins-web-1'),
    primary('nic-web-2-primary', 'ins-web-2'),
    { ...secondary('nic-backup', 'USED'), instanceId: 'ins-web-2' },
    secondary('nic-storage', 'AVAILABLE'),
    secondary('nic-spare', 'AVAILABLE'),
  ],
  credentials: [{ accessKeyId: 'example', accessKeyPassword: 'not-a-real-password' }],
};

function primary(nicId: string, instanceId: string) {
  return { nicId, regionId: 'asia-east-1', status: 'USED', nicType: 'Primary', instanceId } as const;
}

function secondary(nicId: string, status: string) {
  return { nicId, regionId: 'asia-east-1', status, nicType: 'Secondary' } as const;
}
