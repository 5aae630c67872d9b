// What the bundles leave out of their libraries: modules that load with the rest, take long, and are never reached.
const LEFT_OUT = [
  // Loads node:http2. Our connections offer the server HTTP/1.1 alone.
  { filter: /undici[/\\]lib[/\\]dispatcher[/\\]client-h2\.js$/, what: 'HTTP/2' },
  // Turns forms and streams into bodies, for fetch. Our bodies are texts.
  { filter: /undici[/\\]lib[/\\]web[/\\]fetch[/\\]body\.js$/, what: 'fetch' },
];

// undici loads Node's whole HTTP for the limit of a header's size, and to know the bodies that are Node's own requests.
const NODE_HTTP = /^node:http$/;
const STAND_IN = 'exports.maxHeaderSize = 16384; exports.IncomingMessage = class {};';

/** An esbuild plugin. The build fails when a library has moved one of the modules. */
export const leaveOut = {
  name: 'leave-out',
  setup(build) {
    const seen = new Set();
    for (const { filter, what } of LEFT_OUT) {
      build.onLoad({ filter }, () => {
        seen.add(filter);
        const message = JSON.stringify(`${what} is not in this bundle`);
        return { contents: `module.exports = () => { throw new Error(${message}); };`, loader: 'js' };
      });
    }
    build.onResolve({ filter: NODE_HTTP }, ({ importer }) => {
      if (!/[/\\]undici[/\\]/.test(importer)) return undefined;
      seen.add(NODE_HTTP);
      return { path: 'node:http', namespace: 'stand-in' };
    });
    build.onLoad({ filter: NODE_HTTP, namespace: 'stand-in' }, () => ({ contents: STAND_IN }));
    build.onEnd(() => {
      const lost = [...LEFT_OUT.map(({ filter }) => filter), NODE_HTTP].filter((filter) => !seen.has(filter));
      return {
        errors: lost.map((filter) => ({ text: `scripts/leave-out.mjs finds no ${filter.source}` })),
      };
    });
  },
};
