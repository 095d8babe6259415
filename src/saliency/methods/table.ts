/** Every method by name: a table. To add one is to add a row. */

import { deconvnetRules, gradientRules, guidedRules } from "../backward/index.ts";
import { byActivations, guidedGradCam } from "./class-activation-methods.ts";
import type { MethodDefinition } from "./definition.ts";
import { fullGradient } from "./full-gradient-methods.ts";
import { bySignal, inputTimesGradient, integratedGradients, overNoise } from "./input-gradients.ts";
import { relevanceMethods } from "./relevance-methods.ts";
import { rectifiedGradients } from "./relu-methods.ts";

const selvaraju = "Selvaraju et al. 2017, arXiv:1610.02391";
const srinivas = "Srinivas and Fleuret 2019, arXiv:1905.00780";

export const saliencyMethods = {
  gradient: bySignal("∂S/∂x; Simonyan et al. 2014, arXiv:1312.6034", gradientRules),
  "input-x-gradient": inputTimesGradient,
  "integrated-gradients": integratedGradients,
  smoothgrad: overNoise("mean of g over noise; Smilkov et al. 2017, arXiv:1706.03825", "mean"),
  "smoothgrad-squared": overNoise("mean of g²; Hooker et al. 2019, arXiv:1806.10758", "square", "smoothgrad"),
  vargrad: overNoise("variance of g; Adebayo et al. 2018, arXiv:1810.03307", "variance", "smoothgrad"),
  deconvnet: bySignal("max(R, 0) at every ReLU; Zeiler and Fergus 2014, arXiv:1311.2901", deconvnetRules, "gradient"),
  "guided-backprop": bySignal(
    "max(R, 0) 1[a > 0] at every ReLU; Springenberg et al. 2015, arXiv:1412.6806",
    guidedRules,
    "gradient",
  ),
  "rect-grad": rectifiedGradients,
  ...relevanceMethods,
  "grad-cam": byActivations(`mean of g as channel weight, signed; ${selvaraju}`, "grad-cam"),
  "grad-cam-relu": byActivations(
    `Grad-CAM's positive part; ${selvaraju}`,
    "grad-cam",
    { rectifyMap: true },
    "grad-cam",
  ),
  "grad-cam-plus": byActivations(
    "mean of max(g, 0); Lerma and Lucas 2022, arXiv:2205.10838",
    "grad-cam-plus",
    {},
    "grad-cam",
  ),
  "grad-cam-absolute": byActivations("mean of |g|", "grad-cam-absolute", {}, "grad-cam"),
  "grad-cam-plus-plus": byActivations(
    "max(g, 0) weighed by α; Chattopadhay et al. 2018, arXiv:1710.11063",
    "grad-cam-plus-plus",
    {},
    "grad-cam",
  ),
  "hires-cam": byActivations("Σ g A, signed; Draelos and Carin 2020, arXiv:2011.08891", "hires-cam"),
  "element-wise-cam": byActivations("Σ max(g A, 0)", "element-wise-cam", {}, "hires-cam"),
  "layer-cam": byActivations(
    "Σ max(g, 0) A; Jiang et al. 2021, doi:10.1109/TIP.2021.3089943",
    "layer-cam",
    {},
    "hires-cam",
  ),
  "x-grad-cam": byActivations("Σ g A / Σ A as channel weight; Fu et al. 2020, arXiv:2008.02312", "x-grad-cam"),
  "guided-grad-cam": guidedGradCam,
  "full-grad": fullGradient(`magnitudes of all terms; ${srinivas}`, { form: "absolute" }, "full-grad-signed"),
  "full-grad-plus": fullGradient("positive parts of all terms", { form: "positive" }, "full-grad-signed"),
  "full-grad-signed": fullGradient("all terms as they are", { form: "signed" }),
  "simple-full-grad": fullGradient(
    `magnitudes of gradients without biases; ${srinivas}`,
    { form: "absolute", weighted: false },
    "full-grad-signed",
  ),
  "smooth-full-grad": fullGradient(
    `magnitudes of terms averaged over noise; ${srinivas}`,
    { form: "absolute", smooth: true },
    "full-grad-signed",
  ),
} satisfies Record<string, MethodDefinition>;

export type MethodName = keyof typeof saliencyMethods;
/** Every method there is. */
export const saliencyMethodNames = Object.keys(saliencyMethods) as readonly MethodName[];
