/** Everything the inference engine calls. */

export { copyBox, transpose } from "./copies";
export { denseFeatures, denseTaps } from "./dense-products";
export { addInto, map, mapChannels } from "./maps";
export { pools } from "./pools";
export { sparseExample, sparseTaps } from "./sparse-products";
