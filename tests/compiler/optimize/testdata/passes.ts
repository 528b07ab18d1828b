/**
 * What passes are shown: for each pass, titled pieces of IR.
 *
 * @module
 */

/** The begin of a function that sees a packet of 64 bytes at `v2`. */
const PACKET = `b0:
  v1 = context
  v90 = constant 64
  v91 = constant 1
  v92 = constant 2
  goto b100
b100:
  v2 = packetStart 0 (v1)
  v3 = packetEnd 0 (v1)
  v4 = add64 (v2, v90)
  if64 ugt v4, v3 then b99 else b101
b99:
  return v92
b101:
`;

/** Pass → title → function. */
export const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "merge tests": {
    "version and length of an IPv4 header": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  v6 = constant 4
  v7 = constant 15
  v8 = constant 5
  v10 = lshr64 (v5, v6)
  v11 = and64 (v5, v7)
  if64 ne v10, v6 then b99 else b102
b102:
  if64 ne v11, v8 then b99 else b103
b103:
  return v91`,
    "with another test between": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  v6 = constant 4
  v7 = constant 15
  v8 = constant 5
  v10 = lshr64 (v5, v6)
  v11 = and64 (v5, v7)
  if64 eq v10, v6 then b102 else b99
b102:
  v12 = load.u8.packet +23 (v2) in 0..255
  if64 eq v12, v8 then b103 else b99
b103:
  if64 eq v11, v8 then b104 else b99
b104:
  return v91`,
    "one flag set and another clear": `${PACKET}
  v5 = load.u8.packet +47 (v2) in 0..255
  v7 = constant 16
  if64 clear v5, v92 then b99 else b102
b102:
  if64 set v5, v7 then b99 else b103
b103:
  return v91`,
    "either of two flags": `${PACKET}
  v5 = load.u8.packet +47 (v2) in 0..255
  v7 = constant 16
  if64 set v5, v92 then b99 else b102
b102:
  if64 set v5, v7 then b99 else b103
b103:
  return v91`,
    "not where they fail differently": `${PACKET}
  v5 = load.u8.packet +47 (v2) in 0..255
  v7 = constant 16
  if64 clear v5, v92 then b99 else b102
b102:
  if64 set v5, v7 then b103 else b104
b103:
  return v7
b104:
  return v91`,
    "not past an effect": `${PACKET}
  v5 = load.u8.packet +47 (v2) in 0..255
  v7 = constant 16
  if64 clear v5, v92 then b99 else b102
b102:
  v8 = store.u8.packet +0 (v2, v91)
  if64 set v5, v7 then b99 else b104
b104:
  return v91`,
    "not of what is an offset": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  v6 = constant 4
  v7 = constant 15
  v8 = constant 5
  v10 = lshr64 (v5, v6)
  v11 = and64 (v5, v7)
  if64 ne v10, v6 then b99 else b102
b102:
  if64 ne v11, v8 then b99 else b103
b103:
  v12 = add64 (v2, v11)
  v13 = load.u8.packet +1 (v12) in 0..255
  return v13`,
  },
  "sink": {
    "loads past tests": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  v6 = load.u8.packet +23 (v2) in 0..255
  v7 = load.u16.packet +36 (v2) in 0..65535
  v8 = swap16 (v7) in 0..65535
  if64 eq v5, v91 then b102 else b99
b102:
  if64 eq v6, v91 then b103 else b99
b103:
  return v8`,
    "no load past a store to its bytes, or a call": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  v6 = load.u8.packet +23 (v2) in 0..255
  v7 = store.u8.packet +14 (v2, v91)
  if64 eq v6, v91 then b102 else b99
b102:
  v8 = load.u8.packet +24 (v2) in 0..255
  v10 = call 7 ()
  if64 eq v10, v91 then b103 else b99
b103:
  v9 = add64 (v5, v8)
  return v9`,
    "no shared load past another store": `b0:
  v1 = mapValue globals +0
  v2 = constant 1
  v9 = constant 2
  goto b100
b100:
  v3 = load.u32.map +0 (v1) in 0..4294967295
  v4 = load.u32.map +4 (v1) in 0..4294967295
  v5 = store.u32.map +8 (v1, v2)
  if64 eq v4, v2 then b101 else b102
b101:
  return v3
b102:
  return v9`,
    "not into a loop": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  v6 = constant 0
  goto b102(v6)
b102(v7):
  v8 = add64 (v7, v91)
  v10 = and64 (v5, v92)
  if64 ult v8, v10 then b102(v8) else b103
b103:
  return v7`,
  },
  "make search trees": {
    "a chain of nine": `${PACKET}
  v5 = load.u16.packet +12 (v2) in 0..65535
${[9, 4, 8, 1, 2, 7, 5, 3, 6].map((n) => `  v${10 + n} = constant ${n * 100}`).join("\n")}
  goto b200
${
      [9, 4, 8, 1, 2, 7, 5, 3, 6].map((n, i) =>
        `b${200 + i}:\n  if64 eq v5, v${10 + n} then b${n % 2 ? 99 : 98} else b${i === 8 ? 97 : 201 + i}`
      ).join("\n")
    }
b98:
  return v91
b97:
  return v90`,
    "not of four": `${PACKET}
  v5 = load.u16.packet +12 (v2) in 0..65535
${[4, 1, 2, 3].map((n) => `  v${10 + n} = constant ${n * 100}`).join("\n")}
  goto b200
${
      [4, 1, 2, 3].map((n, i) => `b${200 + i}:\n  if64 ne v5, v${10 + n} then b${i === 3 ? 97 : 201 + i} else b99`)
        .join("\n")
    }
b97:
  return v90`,
  },
};
