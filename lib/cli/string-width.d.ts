/** TypeScript does not allow CommonJS code to import this ES module. esbuild and jest convert it. */
declare module 'string-width' {
  export default function stringWidth(text: string): number;
}
