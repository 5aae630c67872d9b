import { nicAttachment } from '../../lib/provider/nic-attachment';
import { stateOf } from '../../lib/provider/nic-attachment-state';
import { nic } from '../simulator/worlds';
import { contextWith } from './fake-context';
import { ProviderRig, targetOfPair } from './rig';

const stateIn = (instanceId: string) =>
  stateOf(targetOfPair(['nic-1', instanceId]), undefined, { skip_destroy: true });
const state = stateIn('ins-1');

const rigWith = () => new ProviderRig({ nics: [nic('nic-1', { instanceId: 'ins-1' })] });

/** A provider process with one resource context. */
function processOf(rig: ProviderRig) {
  const { client } = rig.process();
  const fake = contextWith({});
  return { fake, context: { ...fake.context, client } };
}

/** Plans a change of the attachment. @returns the private state that the delete gets */
async function plan(
  rig: ProviderRig,
  planned: typeof state | null,
  forced = false,
  stored: Uint8Array = new Uint8Array(),
) {
  const { fake, context } = processOf(rig);
  context.privateState = stored;
  const action = planned === null ? 'destroy' : planned.id === state.id ? 'none' : 'replace';
  await rig.run(
    Promise.resolve(nicAttachment.plan?.({ config: planned ?? {}, prior: state, planned, action }, context)),
  );
  if (planned !== null && (forced || action === 'replace')) {
    await rig.run(
      Promise.resolve(
        nicAttachment.plan?.({ config: planned, prior: null, planned, action: 'create' }, context),
      ),
    );
  }
  return {
    privateState: context.privateState,
    warnings: fake.diagnostics.map(({ summary, detail }) => `${summary}: ${detail ?? ''}`),
  };
}

async function destroy(rig: ProviderRig, privateState: Uint8Array) {
  const { fake, context } = processOf(rig);
  context.privateState = privateState;
  await rig.run(Promise.resolve(nicAttachment.delete(state, context)));
  return fake.lines;
}

describe('skip_destroy', () => {
  test('leaves the vNIC attached on a destroy, and the plan says so', async () => {
    const rig = rigWith();
    const { privateState, warnings } = await plan(rig, null);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^A vNIC stays attached, because skip_destroy is set: .* vNIC nic-1 to instance ins-1 from the state only\. .* deletes the vNIC/,
      ),
    ]);
    const lines = await destroy(rig, privateState);
    expect([rig.nic('nic-1'), rig.changes, lines]).toEqual([
      'USED ins-1',
      [],
      ['skip_destroy is set: the vNIC stays attached'],
    ]);
  });

  test.each([
    ['a move', stateIn('ins-2'), false],
    ['a forced replacement', state, true],
  ])('does not apply to %s', async (_, planned, forced) => {
    const rig = rigWith();
    const { privateState } = await plan(rig, planned, forced);
    await destroy(rig, privateState);
    expect([rig.nic('nic-1'), rig.changes]).toEqual(['AVAILABLE', ['Detach nic-1']]);
  });

  test('does not apply to the replacement of a tainted attachment, which Terraform plans like a create', async () => {
    const rig = rigWith();
    const { context } = processOf(rig);
    const plannedCreate = { config: state, prior: null, planned: state, action: 'create' } as const;
    await rig.run(Promise.resolve(nicAttachment.plan?.(plannedCreate, context)));
    await destroy(rig, context.privateState);
    expect(rig.nic('nic-1')).toBe('AVAILABLE');
  });

  test('applies to a destroy after a replacement that was not applied', async () => {
    const rig = rigWith();
    const { privateState } = await plan(rig, stateIn('ins-2'));
    await destroy(rig, (await plan(rig, null, false, privateState)).privateState);
    expect(rig.nic('nic-1')).toBe('USED ins-1');
  });

  test('changes in place', async () => {
    const rig = rigWith();
    const { context } = processOf(rig);
    const prior = { ...state, skip_destroy: null };
    const updated = await nicAttachment.update({ prior, planned: state }, context);
    expect([updated.state, context.privateState.length]).toEqual([state, 0]);
  });
});
