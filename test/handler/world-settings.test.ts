import type { WorldInput } from '../../lib/simulator';
import { instance, nic } from '../simulator/worlds';
import { Rig } from './rig';

type Settings = NonNullable<WorldInput['settings']>;

const nicsOf = (instanceId: string, count: number) =>
  Array.from({ length: count }, (_, index) => nic(`${instanceId}-${index}`, { instanceId }));

describe('a detach of a vNIC that someone else has just detached', () => {
  test.each<NonNullable<Settings['freeNicDetachCode']>>([
    'INVALID_NIC_STATUS',
    'OPERATION_DENIED_NIC_NOT_EXIST_INSTANCE',
  ])('is done, where the API returns %s', async (freeNicDetachCode) => {
    // Reads still show the vNIC as attached when the detach is sent.
    const settings = { freeNicDetachCode, describeLagMs: 3_000 };
    const rig = new Rig({ settings });
    rig.later(4_000, { nics: { 'nic-2': { status: 'AVAILABLE', instanceId: null } } });
    await rig.clock.run(rig.clock.sleep(4_500));
    expect(await rig.delete(rig.target('nic-2', 'ins-2'))).toMatchObject({ ok: true });
    expect(rig.changes).toEqual([`Detach ${freeNicDetachCode}`]);
    expect(rig.nic('nic-2')).toBe('AVAILABLE');
  });
});

describe('a full instance', () => {
  const full = (fullInstanceCode: Settings['fullInstanceCode'], maxNicsPerInstance: number) =>
    new Rig({
      instances: [instance('ins-1')],
      nics: [nic('nic-1'), ...nicsOf('ins-1', maxNicsPerInstance)],
      settings: { fullInstanceCode, maxNicsPerInstance },
    });

  test.each([8, 3])('fails an attach at once, at a limit of %i', async (limit) => {
    const rig = full('INVALID_INSTANCE_NIC_LIMIT', limit);
    const error = await rig.createFails();
    expect(error.message).toMatch(
      /INVALID_INSTANCE_NIC_LIMIT[\s\S]*at most 8 vNICs, fewer on small sizes: detach one first/,
    );
    expect(error.details.leftBehind).toBe('nothing');
    expect(rig.changes).toEqual(['Attach INVALID_INSTANCE_NIC_LIMIT']);
  });

  test.each(['INVALID_INSTANCE_PRECHECK_ABNORMAL', 'OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT'] as const)(
    'fails an attach after three tries, where the API returns %s',
    async (code) => {
      const rig = full(code, 2);
      const error = await rig.createFails();
      expect(error.details).toMatchObject({ reason: 'refused', leftBehind: 'nothing' });
      expect(error.message).toMatch(new RegExp(`${code}[\\s\\S]*its size allows one more vNIC`));
      expect(rig.changes).toEqual(Array(3).fill(`Attach ${code}`));
    },
  );

  test.each(['INVALID_INSTANCE_PRECHECK_ABNORMAL', 'OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT'] as const)(
    'takes the vNIC once another has left it, where the API returns %s',
    async (code) => {
      const rig = full(code, 2);
      rig.later(3_000, { nics: { 'ins-1-0': { status: 'AVAILABLE', instanceId: null } } });
      expect(await rig.create()).toMatchObject({ ok: true });
      expect(rig.nic()).toBe('USED ins-1');
    },
  );
});

describe('the release of an instance', () => {
  const release = async (settings: Settings, more: object = {}) => {
    const rig = new Rig({ settings: { detachMs: [5_000, 5_000], ...settings } });
    rig.cloud.handle('ReleaseInstances', { instanceIds: ['ins-2'], ...more });
    const result = await rig.delete(rig.target('nic-2', 'ins-2'));
    return [result.ok, rig.nic('nic-2'), rig.changes.filter((each) => each.includes('Detach'))];
  };

  test.each<[string, Settings, object, string]>([
    ['deletes its vNICs by default', {}, {}, 'gone'],
    ['frees its vNICs, where the world says so', { releasedNics: 'FREE' }, {}, 'AVAILABLE'],
    ['frees its vNICs, where the request says so', {}, { dependResource: false }, 'AVAILABLE'],
    [
      'deletes its vNICs, where the request says so',
      { releasedNics: 'FREE' },
      { dependResource: true },
      'gone',
    ],
  ])('%s, and a detach waits for that without a request', async (_, settings, request, left) => {
    expect(await release(settings, request)).toEqual([true, left, []]);
  });
});
