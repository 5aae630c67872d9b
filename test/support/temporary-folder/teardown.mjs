import { readdirSync, rmSync } from 'node:fs';

/**
 * Left by other programs, such as the browser, or on purpose: the folder in which processes share the rate limit, and
 * those of providers that were killed, by a test or by Terraform on a slow machine, which the next provider removes.
 */
const EXPECTED =
  /^(?:tf-plugin-|\.org\.chromium\.|cdktf\.outdir\.|hsperfdata_|jsii-|tsx-|chromium$|fonts$|locales$|lib\w+\.so|vk_swiftshader|zec-nic-\d+$)/;

/** Removes the folder. @throws Error if a test left something in it */
export default function teardown() {
  const folder = process.env.TMPDIR;
  const left = readdirSync(folder).filter((name) => !EXPECTED.test(name));
  rmSync(folder, { recursive: true, force: true });
  if (left.length > 0) throw new Error(`tests left temporary files behind: ${left.join(', ')}`);
}
