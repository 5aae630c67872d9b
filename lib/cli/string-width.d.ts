/** An ES module, which TypeScript does not let us import into CommonJS; esbuild and jest turn it into that. */
declare module 'string-width' {
  export default function stringWidth(text: string): number;
}
