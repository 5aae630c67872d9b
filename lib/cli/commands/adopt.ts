import { withoutKeys } from '../../terraform';
import { withConnection } from '../../zec/client';
import { plural } from '../../zec/ids';
import { findUnmanaged } from '../adopt/attachments';
import { adoptionHcl, adoptionJson, adoptionText, adoptionTypeScript } from '../adopt/formats';
import { EXIT, type ExitCode } from '../errors';
import { stackDirectory } from '../input';
import type { Session } from '../session';
import type { Tag } from '../values';
import { readStateOf } from './review';

interface AdoptOptions {
  readonly region: string;
  readonly vpc?: string;
  readonly tag?: readonly Tag[];
  readonly stack?: readonly string[];
  readonly format: 'text' | 'typescript' | 'hcl' | 'json';
}

/** @throws UsageError, SettingsError, ZecError */
export async function adopt(
  session: Session,
  options: AdoptOptions,
  paths: readonly string[],
): Promise<ExitCode> {
  const { region, vpc, tag, stack = [], format } = options;
  const sources = [
    ...[...new Set(paths)].map((path) => ({ path })),
    ...stack.map((each) => ({ directory: stackDirectory(each) })),
  ];
  const states = [];
  // Sequential, because states may be large.
  for (const source of sources) states.push(await readStateOf(session, source));
  const unknown = states.reduce((count, each) => count + each.unknownNics, 0);
  if (unknown > 0) {
    const found = plural(unknown, 'attachment');
    session.err(
      `warning: ${found} in the states without a readable vNIC ID. Do not adopt these vNICs again.\n`,
    );
  }
  const managed = new Set(states.flatMap(({ nicIds }) => [...nicIds]));
  const filter = { regionId: region, vpcId: vpc, tags: tag };
  const adoption = await withConnection(session.settings(), ({ api }) =>
    findUnmanaged(api, filter, managed, { signal: session.signal }),
  );
  const names = states.flatMap(({ attachments }) =>
    attachments.map(({ address }) => withoutKeys(address).replace(/^.*\.| .*/g, '')),
  );
  const formats = {
    text: () => adoptionText(adoption, session.screen),
    typescript: () => adoptionTypeScript(adoption),
    hcl: () => adoptionHcl(adoption, new Set(names)),
    json: () => adoptionJson(adoption),
  };
  session.out(formats[format]());
  return EXIT.done;
}
