import { Shell } from './shell';

test('concurrent calls are recorded without interleaving', async () => {
  const shell = new Shell().program('one').program('two');
  try {
    const words = Array.from({ length: 10 }, (_, index) => `word-${index}`);
    await shell.run(
      Array.from({ length: 20 }, () => `one ${words.join(' ')} | two ${words.join(' ')}`).join('\n'),
    );
    expect(shell.calls).toHaveLength(40);
    for (const [program, ...args] of shell.calls) {
      expect(['one', 'two']).toContain(program);
      expect(args).toEqual(words);
    }
  } finally {
    shell.close();
  }
});
