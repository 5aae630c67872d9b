import { COMMAND, ENV } from '../contract';
import { confirmedText, CreateMark } from './create-mark';

/**
 * Terraform starts this twice for each attachment, the second time as `confirm` to hear what the first has just
 * found: that is answered before anything else is loaded.
 */
function isConfirmed([word, ...rest]: readonly string[], env: NodeJS.ProcessEnv): boolean {
  if (word !== COMMAND.confirm || rest.length > 0) return false;
  const target = { nicId: env[ENV.nicId] ?? '', instanceId: env[ENV.instanceId] ?? '' };
  if (!new CreateMark(target).take()) return false;
  process.stdout.write(confirmedText(target));
  return true;
}

if (!isConfirmed(process.argv.slice(2), process.env)) void import('./main.js');
