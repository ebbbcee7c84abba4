// What esbuild's file loader makes of a `.wasm` import: the path of the copied file, relative to the bundle.
declare module "*.wasm" {
  const file: string;
  // biome-ignore lint/style/noDefaultExport: this is how the loader exports it
  export default file;
}
