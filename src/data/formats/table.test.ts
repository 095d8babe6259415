import { expect, test } from "vitest";
import { classesOf, parseTable, tableSplit } from "./table.ts";

const iris = "width,length,kind\n1,2.5,setosa\n-3e1,.5,virginica\n+4,7.,setosa\n";

test("finds the header, takes the last column as label, and numbers classes by name", () => {
  const table = parseTable(iris, "f.csv");
  expect(table.featureNames).toEqual(["width", "length"]);
  expect([...table.values]).toEqual([1, 2.5, -30, 0.5, 4, 7]);
  const classes = classesOf(table.labels, "f.csv");
  expect(classes).toEqual(["setosa", "virginica"]);
  expect([...tableSplit(table, classes, "f.csv").labels]).toEqual([0, 1, 0]);
});

test("a label column may be named, or counted from 0, and a table may have no header", () => {
  expect(parseTable("y,a\n0,1\n1,2\n", "f", { label: "y" }).labels).toEqual(["0", "1"]);
  expect(parseTable("0,1,5\n1,2,6\n", "f", { label: 0 })).toMatchObject({
    labels: ["0", "1"],
    count: 2,
    features: 2,
    featureNames: undefined,
  });
  expect(parseTable("1,2,yes\n3,4,no\n", "f").labels).toEqual(["yes", "no"]);
});

test("integer labels are numbered in numeric order, 10 after 9", () => {
  expect(classesOf(["10", "9", "-1", "9"], "f")).toEqual(["-1", "9", "10"]);
});

test.each(["", "NA", "nan", "inf", "0x10", "1e400", "12abc", "1,5"])(
  "refuses the feature %j with line, column and name",
  (cell) => {
    expect(() => parseTable(`a,b,y\n1,2,0\n3,"${cell}",1\n`, "f.csv")).toThrow(
      `f.csv: line 3, column 2 (b): a feature must be a finite number, got ${JSON.stringify(cell)}`,
    );
  },
);

test("asks rather than guesses where the first row is half names, half numbers", () => {
  expect(() => parseTable("1,NA,0\n2,3,1\n", "f")).toThrow(
    'f: line 1: must be all names (a header) or all numbers, got 1 numbers and "NA"',
  );
  expect(parseTable("1,NA,y\n2,3,1\n", "f", { header: true }).featureNames).toEqual(["1", "NA"]);
});

test("refuses an unknown label column with the nearest one, one out of range, and one that is there twice", () => {
  expect(() => parseTable(iris, "f", { label: "knd" })).toThrow(
    'f: unknown label column "knd"; known: width, length, kind. Did you mean kind?',
  );
  expect(() => parseTable(iris, "f", { label: 3 })).toThrow("f: the label's place must be an integer in [0, 3), got 3");
  expect(() => parseTable("y,y\n1,2\n", "f", { label: "y" })).toThrow('f: two columns are called "y"');
  expect(() => parseTable("1,2\n", "f", { label: "y", header: false })).toThrow(
    'label "y" is a name and there is no header',
  );
});

test("refuses an empty file, a header alone, a single column, an empty label, and values to predict as labels", () => {
  expect(() => parseTable("", "f")).toThrow("f: must have at least one row, got none");
  expect(() => parseTable("a,b\n", "f")).toThrow("f: must have at least one row under its header, got none");
  expect(() => parseTable("a;b\n1;2\n", "f")).toThrow('got one column; is the delimiter "," right?');
  expect(() => parseTable("a,y\n1,\n", "f")).toThrow("f: line 2, column 2 (y): a label must not be empty");
  expect(() => classesOf(["1", "2.5"], "f")).toThrow(
    "f: a label must name a class, got 2.5; only classification is done here",
  );
  expect(() => classesOf(["1", "01"], "f")).toThrow("the same integer is written in several ways");
});

test("refuses a test label that training never saw", () => {
  expect(() => tableSplit(parseTable("1,c\n", "t.csv"), ["a", "b"], "t.csv")).toThrow(
    't.csv: example 0 has the label "c", which no training example has',
  );
});
