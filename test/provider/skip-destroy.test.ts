import { nicAttachment } from '../../lib/provider/nic-attachment';
import { NO_STATE_ONLY, readPrivate, stateOf } from '../../lib/provider/nic-attachment-state';
import type { PrivateState } from '../../lib/provider/nic-attachment-state';
import { nic } from '../simulator/worlds';
import { contextWith } from './fake-context';
import { ProviderRig, targetOfPair } from './rig';

const stateIn = (instanceId: string) =>
  stateOf(targetOfPair(['nic-1', instanceId]), undefined, { ...NO_STATE_ONLY, skip_destroy: true });
const state = stateIn('ins-1');

const rigWith = () => new ProviderRig({ nics: [nic('nic-1', { instanceId: 'ins-1' })] });

/** A provider process with one resource context. */
function processOf(rig: ProviderRig) {
  const { client } = rig.process();
  const fake = contextWith({});
  return { fake, context: { ...fake.context, client } };
}

/** Plans a change of the attachment. @returns the private state that the delete gets */
async function plan(rig: ProviderRig, planned: typeof state | null, forced = false) {
  const { fake, context } = processOf(rig);
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
        /^A vNIC stays attached.* vNIC nic-1 to instance ins-1 from the state only\. .* deletes the vNIC/,
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

  test('does not apply to an attachment whose create failed', async () => {
    const rig = rigWith();
    const failed: PrivateState = { failedAt: rig.clock.wall() };
    await destroy(rig, Buffer.from(JSON.stringify(failed)));
    expect(rig.nic('nic-1')).toBe('AVAILABLE');
  });

  test('changes in place, and applies to a destroy after an abandoned replacement', async () => {
    const rig = rigWith();
    const { context } = processOf(rig);
    context.privateState = (await plan(rig, stateIn('ins-2'))).privateState;
    const config = { ...state, skip_destroy: true };
    const prior = { ...state, skip_destroy: null };
    const updated = await nicAttachment.update({ prior, planned: config, config }, context);
    expect([updated.state, readPrivate(context.privateState)]).toEqual([config, {}]);
  });
});
