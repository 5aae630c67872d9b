/** Runs `work` for each item with limited concurrency, like Terraform's workers. */
export async function inParallel<T, R>(
  things: readonly T[],
  parallelism: number,
  work: (thing: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < things.length; index = next++) {
      results[index] = await work(things[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallelism, things.length) }, worker));
  return results;
}
