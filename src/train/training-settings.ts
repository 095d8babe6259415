/** The settings of a training as plain values: what must be equal for two trainings to have equal bits, and what differs. */

/** A value that JSON keeps as it is. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Settings by name; nested ones are named with a dot in messages. */
export type TrainingSettings = { readonly [key: string]: Json };

/** A setting that two trainings do not share; undefined where one has none of the name. */
export interface SettingDifference {
  /** "learningRate", "optimizer.beta1". */
  readonly name: string;
  readonly one: Json | undefined;
  readonly other: Json | undefined;
}

/** Settings with every undefined entry left out. */
export function plainSettings(settings: object): TrainingSettings {
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, isTable(value) ? plainSettings(value) : (value as Json)]),
  );
}

/** Where two settings differ, by name in the order of the first, then of the second. */
export function settingDifferences(one: TrainingSettings, other: TrainingSettings): SettingDifference[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].flatMap((name): SettingDifference[] => {
    const [a, b] = [own(one, name), own(other, name)];
    if (isTable(a) && isTable(b)) {
      return settingDifferences(a, b).map((found) => ({ ...found, name: `${name}.${found.name}` }));
    }
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ name, one: a, other: b }];
  });
}

function own(settings: TrainingSettings, name: string): Json | undefined {
  return Object.hasOwn(settings, name) ? settings[name] : undefined;
}

function isTable(value: unknown): value is TrainingSettings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
