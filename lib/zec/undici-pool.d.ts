// The pool alone: loading all of undici, with its fetch and WebSocket, takes several times as long.
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';
  export = Pool;
}
