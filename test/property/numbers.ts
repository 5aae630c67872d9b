/** A seeded random generator of numbers from 0 to 1: a multiplicative congruential generator. */
export function numbers(seed: number): () => number {
  const modulus = 2_147_483_647;
  let state = (seed % (modulus - 1)) + 1;
  return () => {
    state = (state * 48_271) % modulus;
    return (state - 1) / (modulus - 1);
  };
}
