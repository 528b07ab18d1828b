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

/** A kind at `v5`; `b103` is come to where it is 1, and the kind is asked for again in {@linkcode ASKED_LATER}. */
const TOLD_APART = `${PACKET}
  v5 = load.u8.packet +1 (v2)
  if64 eq v5, v91 then b103 else b106(v90)`;
const ASKED_LATER = `b106(v12):
  v13 = load.u8.packet +5 (v2)
  if64 eq v13, v90 then b108 else b110
b110:
  if64 eq v5, v92 then b111 else b108
b111:
  v14 = store.u8.packet +6 (v2, v12)
  return v91
b108:
  return v92`;

/** The begin of a loop that goes on in `b103` where a byte at `v5` behind the header is in the packet. */
const BEHIND_HEADER = `${PACKET.replace("  v92", "  v93 = constant 0\n  v92")}  goto b102(v93)
b102(v5 in 0..63):
  v11 = add64 (v5, v2)
  v6 = add64 (v11, v91)
  if64 ugt v6, v3 then b99 else b103`;

/** The begin of a function that has reserved 16 bytes, all zero, at `v7`. */
const RECORD = `b0:
  v1 = context
  v2 = constant 16
  v3 = constant 0
  v4 = mapReference events
  v5 = constant 7
  v6 = constant 2
  v8 = stackSlot 8
  goto b100
b100:
  v7 = call 131 (v4, v2, v3)
  if64 eq v7, v3 then b99 else b101
b99:
  return v6
b101:
  v30 = store.u64.map +0 (v7, v3)
  v31 = store.u64.map +8 (v7, v3)
`;
const SUBMIT = `
  v40 = call 132 (v7, v3)
  return v6`;

/** Pass → title → function. */
export const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "ask tests again": {
    "what was looked up, with a flag, and something between the two tests": `b0:
  v1 = mapReference flows
  v2 = stackSlot 8
  v3 = constant 0
  v4 = constant 1
  v5 = constant 2
  goto b1
b1:
  v6 = call 1 (v1, v2)
  if64 ne v6, v3 then b2(v6, v4) else b2(v3, v3)
b2(v7, v8 in 0..1):
  v9 = call 5
  if64 eq v8, v3 then b3 else b4
b3:
  return v5
b4:
  v10 = load.u32.map +0 (v7) in 0..4294967295
  return v10`,
    "a bit of a word, asked twice": `b0:
  v1 = constant 0
  v2 = constant 1
  v3 = constant 32
  v4 = call 7 in 0..255
  if32 set v4, v3 then b1(v2) else b1(v1)
b1(v5 in 0..1):
  v6 = call 5
  if64 ne v5, v1 then b2 else b3
b2:
  if32 eq v5, v2 then b3 else b4
b3:
  return v1
b4:
  return v6`,
    "not a bit whose flag is also computed with": `b0:
  v1 = constant 0
  v2 = constant 1
  v3 = constant 32
  v4 = call 7 in 0..255
  if32 set v4, v3 then b1(v2) else b1(v1)
b1(v5 in 0..1):
  v6 = call 5
  if64 ne v5, v1 then b2 else b3
b2:
  return v5
b3:
  return v6`,
    "not a flag that comes from elsewhere, too": `b0:
  v1 = mapReference flows
  v2 = stackSlot 8
  v3 = constant 0
  v4 = constant 1
  v5 = constant 2
  v6 = call 7 in 0..4294967295
  if64 eq v6, v4 then b1 else b2(v4)
b1:
  v7 = call 1 (v1, v2)
  if64 ne v7, v3 then b2(v4) else b2(v3)
b2(v8 in 0..1):
  if64 eq v8, v3 then b3 else b4
b3:
  return v5
b4:
  return v4`,
  },
  "compare lengths": {
    "with a constant and with a number, where nothing goes by it": `${PACKET}
  v5 = sub64 (v3, v2) in 0..2147483647
  v6 = constant 100
  v7 = constant 65281
  v8 = mapReference flows
  v9 = constant 0
  v10 = add64 (v2, v6)
  if64 ugt v10, v3 then b99 else b102
b102:
  v11 = mapValue flows 0
  v12 = load.u32.map +0 (v11) in 0..4294967295
  proof64 ult v12, v7 then b103 else b104
b103:
  v13 = bounded (v12) in 0..65280
  v14 = add64 (v13, v2)
  v15 = add64 (v14, v91)
  if64 ule v15, v3 then b105 else b104
b105:
  v16 = load.u8.packet +63 (v2) in 0..255
  return v16
b104:
  return v5`,
    "with a number whose test others count on": `${PACKET}
  v5 = sub64 (v3, v2) in 0..2147483647
  v7 = constant 65281
  v8 = mapReference flows
  v11 = mapValue flows 0
  v12 = load.u32.map +0 (v11) in 0..4294967295
  proof64 ult v12, v7 then b103 else b104
b103:
  v13 = bounded (v12) in 0..65280
  v14 = add64 (v13, v2)
  v15 = add64 (v14, v91)
  if64 ule v15, v3 then b105 else b104
b105:
  v16 = bounded (v12) in 0..65280
  v17 = add64 (v16, v2)
  v18 = add64 (v17, v91)
  if64 ule v18, v3 then b106 else b104
b106:
  v19 = load.u8.packet +0 (v17) in 0..255
  return v19
b104:
  return v5`,
    "not where a byte is read that no other test has shown": `${PACKET}
  v5 = sub64 (v3, v2) in 0..2147483647
  v6 = constant 100
  v10 = add64 (v2, v6)
  if64 ugt v10, v3 then b104 else b102
b102:
  v16 = load.u8.packet +64 (v2) in 0..255
  return v16
b104:
  return v5`,
    "not where a pointer goes elsewhere": `${PACKET}
  v5 = sub64 (v3, v2) in 0..2147483647
  v6 = constant 100
  v10 = add64 (v2, v6)
  if64 ugt v10, v3 then b104 else b102
b102:
  goto b103(v2)
b103(v15):
  v16 = load.u8.packet +4 (v15) in 0..255
  return v16
b104:
  return v5`,
  },
  "delay loads": {
    "the fields of a key, but not past what may change one": `${PACKET}
  v7 = stackSlot 16
  v10 = load.u32.packet +26 (v2) in 0..4294967295
  v11 = load.u16.packet +34 (v2) in 0..65535
  v12 = swap16 (v11) in 0..65535
  v13 = load.u8.packet +23 (v2) in 0..255
  v14 = store.u32.stack +0 (v7, v10)
  v15 = store.u16.stack +4 (v7, v12)
  v16 = store.u8.packet +1 (v2, v91)
  v17 = store.u8.stack +6 (v7, v13)
  return v91`,
  },
  "skip idle code": {
    "a test whose ways meet again, with loads on one of them": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  if64 eq v5, v91 then b102 else b103
b102:
  v6 = load.u8.packet +15 (v2) in 0..255
  if64 eq v6, v91 then b103 else b104
b104:
  goto b103
b103:
  return v91`,
    "a loop that nobody wants to know of": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  if64 eq v5, v91 then b102 else b105
b102:
  goto b103(v91)
b103(v6 in 1..64):
  if64 ult v6, v90 then b104 else b105
b104:
  v7 = add64 (v6, v91) in 1..64
  goto b103(v7)
b105:
  return v91`,
    "not one that stores": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  if64 eq v5, v91 then b102 else b103
b102:
  v9 = store.u8.packet +15 (v2, v91)
  goto b103
b103:
  return v91`,
    "not one whose ways bring different values": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  if64 eq v5, v91 then b102 else b103(v91)
b102:
  goto b103(v92)
b103(v6 in 1..2):
  return v6`,
    "not one that may leave": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  if64 eq v5, v91 then b102 else b103
b102:
  v6 = load.u8.packet +15 (v2) in 0..255
  if64 eq v6, v91 then b99 else b103
b103:
  return v91`,
  },
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
    "the half that is asked for first goes on": `${PACKET}
  v5 = load.u16.packet +12 (v2) in 0..65535
${[1, 9, 2, 8, 3].map((n) => `  v${10 + n} = constant ${n * 100}`).join("\n")}
  goto b200
${
      [1, 9, 2, 8, 3].map((n, i) => `b${200 + i}:\n  if64 eq v5, v${10 + n} then b99 else b${i === 4 ? 97 : 201 + i}`)
        .join("\n")
    }
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
  unroll: {
    "a loop of two turns that may be left early": `${PACKET}
  v5 = constant 0
  goto b102(v5, v5)
b102(v6, v7):
  if64 ult v6, v92 then b103 else b105
b103:
  v8 = add64 (v2, v6)
  v10 = load.u8.packet +0 (v8) in 0..255
  if64 eq v10, v5 then b99 else b104
b104:
  v11 = add64 (v7, v10)
  v12 = add64 (v6, v91)
  goto b102(v12, v11)
b105:
  return v7`,
    "not one whose counter depends on the packet": `${PACKET}
  v5 = constant 0
  goto b102(v5)
b102(v6):
  if64 ult v6, v92 then b103 else b104
b103:
  v8 = add64 (v2, v6)
  v10 = load.u8.packet +0 (v8) in 1..255
  v12 = add64 (v6, v10)
  goto b102(v12)
b104:
  return v6`,
  },
  "rotate loops": {
    "where the first turn is sure": `${PACKET}
  v5 = constant 0
  goto b102(v5, v5)
b102(v6, v7):
  if64 ult v6, v90 then b103 else b104
b103:
  v8 = add64 (v2, v6)
  v10 = load.u8.packet +0 (v8) in 0..255
  v11 = add64 (v7, v10)
  v12 = add64 (v6, v91)
  goto b102(v12, v11)
b104:
  return v7`,
    "not where it is not": `${PACKET}
  v5 = load.u8.packet +1 (v2) in 0..255
  goto b102(v5, v5)
b102(v6, v7):
  if64 ult v6, v90 then b103 else b104
b103:
  v11 = add64 (v7, v6)
  v12 = add64 (v6, v91)
  goto b102(v12, v11)
b104:
  return v7`,
  },
  "thread jumps": {
    "what is made of a word whose bits the way shows": `${PACKET}
  v5 = load.u8.packet +3 (v2) in 0..255
  v6 = and64 (v5, v91)
  if64 set v5, v91 then b104 else b102
b102:
  v7 = constant 8
  v9 = store.u8.packet +4 (v2, v91)
  if64 set v5, v7 then b103(v6) else b103(v92)
b103(v8):
  if64 ne v8, v90 then b104 else b105
b104:
  return v91
b105:
  return v92`,
    "two addresses compared again, with a store between": `${PACKET}
  v5 = constant 128
  v6 = add64 (v2, v5)
  if64 ugt v6, v3 then b102(v91) else b102(v92)
b102(v7):
  v8 = store.u8.packet +0 (v2, v7)
  if64 ule v6, v3 then b103 else b104
b103:
  v10 = load.u8.packet +127 (v2)
  return v10
b104:
  return v91`,
    "not by a comparison of another order": `${PACKET}
  v5 = load.u64.packet +0 (v2)
  v6 = load.u64.packet +8 (v2)
  if64 ugt v5, v6 then b102(v91) else b102(v92)
b102(v7):
  if64 sle v5, v6 then b103 else b104
b103:
  return v7
b104:
  return v91`,
    "past what is looked for in vain, a loop included": `${TOLD_APART}
b103:
  v8 = load.u8.packet +2 (v2)
  if64 eq v8, v90 then b104(v8) else b106(v92)
b104(v9):
  v10 = load.u8.packet +3 (v2)
  v11 = sub64 (v9, v91)
  if64 eq v11, v10 then b106(v11) else b104(v11)
${ASKED_LATER}`,
    "not past what is stored": `${TOLD_APART}
b103:
  v8 = load.u8.packet +2 (v2)
  if64 eq v8, v90 then b104 else b106(v92)
b104:
  v9 = store.u8.packet +3 (v2, v8)
  goto b106(v8)
${ASKED_LATER}`,
    "not where what is found decides": `${TOLD_APART}
b103:
  v8 = load.u8.packet +2 (v2)
  v9 = load.u8.packet +3 (v2)
  if64 eq v8, v90 then b106(v8) else b107
b107:
  if64 eq v9, v92 then b108 else b106(v9)
${ASKED_LATER}`,
    "not where what is found is given on": `${TOLD_APART}
b103:
  v8 = load.u8.packet +2 (v2)
  v9 = load.u8.packet +3 (v2)
  if64 eq v8, v90 then b106(v8) else b106(v9)
b106(v12):
  if64 eq v5, v92 then b111 else b108(v12)
b111:
  v14 = store.u8.packet +6 (v2, v12)
  return v91
b108(v15):
  return v15`,
    "not past a test of what the verifier has to see": `${TOLD_APART}
b103:
  v8 = load.u8.packet +2 (v2)
  proof64 ult v5, v92 then b107 else b108
b107:
  v9 = bounded (v5)
  v10 = add64 (v2, v9)
  v11 = load.u8.packet +3 (v10)
  if64 eq v8, v90 then b106(v8) else b109(v11)
b109(v16):
  v17 = store.u8.packet +4 (v2, v16)
  goto b106(v16)
${ASKED_LATER}`,
  },
  "leave to later tests": {
    "what leaves as all leave that nobody asks for": `${PACKET}
  v5 = load.u16.packet +12 (v2)
  v6 = constant 129
  v7 = constant 43144
  v8 = constant 8
  if64 eq v5, v6 then b104(v92) else b102
b102:
  if64 ne v5, v7 then b103 else b104(v92)
b103:
  if64 eq v5, v8 then b105 else b104(v92)
b104(v9):
  return v9
b105:
  v10 = load.u8.packet +14 (v2)
  return v10`,
    "not what leaves with another value, or has been asked for behind something else": `${PACKET}
  v5 = load.u16.packet +12 (v2)
  v6 = load.u16.packet +16 (v2)
  v7 = constant 7
  v8 = constant 8
  if64 eq v5, v7 then b104(v91) else b102
b102:
  if64 eq v6, v7 then b104(v92) else b103
b103:
  if64 eq v5, v8 then b105 else b104(v92)
b104(v9):
  return v9
b105:
  v10 = load.u8.packet +14 (v2)
  if64 eq v6, v8 then b104(v92) else b106
b106:
  v11 = load.u8.packet +15 (v2)
  if64 eq v6, v92 then b107 else b104(v92)
b107:
  return v10`,
  },
  narrow: {
    "a product whose upper bits decide an address": `b0:
  v1 = context
  v2 = constant 29
  v3 = constant 40503
  v4 = stackSlot 8
  goto b1
b1:
  v5 = packetStart 0 (v1)
  v6 = load.u32.packet +26 (v5) in 0..4294967295
  v7 = mul64 (v6, v3)
  v8 = extend.u32 (v7) in 0..4294967295
  v9 = lshr64 (v8, v2) in 0..7
  v10 = add64 (v4, v9)
  v11 = load.u8.stack +0 (v10) in 0..255
  return v11`,
    "what an address sees through a mask": `${PACKET}
  v5 = constant -862048943
  v6 = load.u32.packet +3 (v2) in 0..4294967295
  v7 = mul64 (v6, v5)
  v8 = extend.u32 (v7)
  v10 = constant 13
  v11 = lshr64 (v8, v10)
  v12 = add64 (v11, v7)
  v13 = constant 15
  v14 = and64 (v12, v13)
  v15 = mapValue counters +0
  v16 = add64 (v14, v15)
  v17 = load.u8.map +0 (v16)
  return v17`,
    "a mask of bits that nobody looks at": `${PACKET}
  v5 = constant 65535
  v6 = load.u32.packet +3 (v2) in 0..4294967295
  v7 = and64 (v6, v5)
  v8 = add64 (v7, v90)
  v10 = store.u16.packet +8 (v2, v8)
  return v91`,
    "what is there of a constant that is longer than what is looked at": `${PACKET}
  v5 = constant 65535
  v6 = constant 65408
  v7 = load.u16.packet +4 (v2) in 0..65535
  v8 = xor64 (v7, v5) in 0..65535
  v9 = store.u16.packet +4 (v2, v8)
  v10 = and64 (v8, v6) in 0..65535
  v11 = store.u16.packet +6 (v2, v10)
  v12 = xor64 (v7, v6) in 0..65535
  v13 = store.u32.packet +8 (v2, v12)
  return v91`,
    "loads of more than is looked at": `${PACKET}
  v5 = constant 255
  v6 = mapValue counters +0
  v7 = load.u32.packet +4 (v2) in 0..4294967295
  v8 = and64 (v7, v5) in 0..255
  v9 = store.u32.packet +8 (v2, v8)
  v10 = load.s32.map +0 (v6) in -2147483648..2147483647
  v11 = store.u16.packet +2 (v2, v10)
  v12 = load.u32.packet +4 (v2) in 0..4294967295
  v13 = store.u32.map +0 (v6, v12)
  return v91`,
    "a load of the stack, which the verifier knows as a whole": `${PACKET}
  v5 = constant 255
  v6 = stackSlot 8
  v7 = store.u64.stack +0 (v6, v90)
  v8 = load.u64.stack +0 (v6)
  v9 = and64 (v8, v5) in 0..255
  v10 = store.u32.packet +8 (v2, v9)
  return v91`,
    "a short word of words that are none": `${PACKET}
  v5 = constant 65535
  v6 = constant 16
  v7 = load.u16.packet +4 (v2) in 0..65535
  v8 = load.u16.packet +6 (v2) in 0..65535
  v9 = sub64 (v7, v8) in -65535..65535
  v10 = add64 (v9, v5) in 0..131070
  v11 = lshr64 (v10, v6) in 0..1
  v12 = store.u32.packet +8 (v2, v11)
  return v91`,
    "a mask of the low half, of which more is looked at": `${PACKET}
  v5 = constant 4294967295
  v6 = constant 16
  v7 = load.u64.packet +4 (v2) in 0..18446744073709551615
  v8 = and64 (v7, v5) in 0..4294967295
  v9 = add64 (v8, v90) in 64..4294967359
  v10 = lshr64 (v9, v6) in 0..65536
  v12 = store.u32.packet +8 (v2, v10)
  return v91`,
    "a test against a constant that is a distance, too": `${PACKET}
  v5 = constant 2
  v6 = mapValue counters +0
  v7 = load.u8.packet +4 (v2) in 0..255
  v8 = load.u8.packet +5 (v2) in 0..255
  v9 = constant 7
  v10 = and64 (v8, v9) in 0..7
  v11 = shl64 (v10, v5) in 0..28
  v12 = add64 (v6, v11)
  v13 = load.u32.map +0 (v12)
  if64 eq v7, v5 then b5 else b6
b5:
  return v13
b6:
  return v91`,
  },
  "add with carries": {
    "words in network order": `${PACKET}
  v5 = constant 16
  v6 = constant 65535
  v7 = load.u16.packet +34 (v2) in 0..65535
  v8 = swap16 (v7) in 0..65535
  v10 = load.u16.packet +36 (v2) in 0..65535
  v11 = swap16 (v10) in 0..65535
  v12 = add64 (v8, v11) in 0..131070
  v13 = and64 (v12, v6)
  v14 = lshr64 (v12, v5)
  v15 = add64 (v13, v14)
  if64 eq v15, v6 then b99 else b102
b102:
  return v91`,
    "a complement that is never 0, and one that may be 0 and 65535": `${PACKET}
  v5 = constant 16
  v6 = constant 65535
  v7 = constant -1
  v8 = constant 0
  v10 = load.u16.packet +34 (v2) in 0..65535
  v11 = load.u16.packet +36 (v2) in 0..65535
  v12 = xor64 (v10, v6)
  v13 = add64 (v12, v11)
  v14 = and64 (v13, v6)
  v15 = lshr64 (v13, v5)
  v16 = add64 (v14, v15)
  v17 = xor64 (v16, v7)
  v18 = and64 (v17, v6)
  if64 set v17, v6 then b8(v18) else b8(v6)
b8(v19):
  v20 = store.u16.packet +34 (v2, v19)
  v30 = load.u16.packet +38 (v2) in 0..65535
  v32 = xor64 (v30, v6)
  v33 = add64 (v32, v11)
  v34 = and64 (v33, v6)
  v35 = lshr64 (v33, v5)
  v36 = add64 (v34, v35)
  v37 = xor64 (v36, v6)
  v38 = store.u16.packet +38 (v2, v37)
  return v91`,
    "a complement of what is never 0": `${PACKET}
  v5 = constant 16
  v6 = constant 65535
  v7 = constant 1234
  v10 = load.u16.packet +34 (v2) in 0..65535
  v12 = xor64 (v10, v6)
  v13 = add64 (v12, v7)
  v14 = and64 (v13, v6)
  v15 = lshr64 (v13, v5)
  v16 = add64 (v14, v15)
  v17 = xor64 (v16, v6)
  v18 = store.u16.packet +34 (v2, v17)
  return v91`,
    "another word than 65535 where the complement is 0": `${PACKET}
  v5 = constant 16
  v6 = constant 65535
  v7 = constant 1
  v8 = constant 0
  v10 = load.u16.packet +34 (v2) in 0..65535
  v12 = xor64 (v10, v6)
  v13 = add64 (v12, v7)
  v14 = and64 (v13, v6)
  v15 = lshr64 (v13, v5)
  v16 = add64 (v14, v15)
  v17 = xor64 (v16, v6)
  if64 eq v17, v8 then b8(v7) else b8(v17)
b8(v19):
  v20 = store.u16.packet +34 (v2, v19)
  return v91`,
    "carries that may be left": `${PACKET}
  v5 = constant 16
  v6 = constant 65535
  v7 = load.u32.packet +34 (v2) in 0..4294967295
  v13 = and64 (v7, v6)
  v14 = lshr64 (v7, v5)
  v15 = add64 (v13, v14)
  if64 eq v15, v6 then b99 else b102
b102:
  return v91`,
  },
  "combine copies": {
    "of two addresses, with a store elsewhere between": `${PACKET}
  v5 = load.u32.packet +0 (v2)
  v6 = load.u16.packet +4 (v2)
  v7 = load.u32.packet +6 (v2)
  v8 = load.u16.packet +10 (v2)
  v10 = store.u16.packet +24 (v2, v8)
  v11 = store.u32.packet +20 (v2, v7)
  v12 = store.u8.packet +26 (v2, v91)
  v13 = store.u16.packet +18 (v2, v6)
  v14 = store.u32.packet +14 (v2, v5)
  return v91`,
    "not of what is stored between the loads": `${PACKET}
  v5 = load.u16.packet +0 (v2)
  v10 = store.u16.packet +2 (v2, v5)
  v6 = load.u16.packet +2 (v2)
  v11 = store.u16.packet +4 (v2, v6)
  return v91`,
    "not of what is read between the stores": `${PACKET}
  v5 = load.u16.packet +0 (v2)
  v6 = load.u16.packet +2 (v2)
  v10 = store.u16.packet +20 (v2, v5)
  v12 = load.u16.packet +19 (v2)
  v11 = store.u16.packet +22 (v2, v6)
  return v12`,
    "not what is overwritten between the stores": `${PACKET}
  v5 = load.u16.packet +0 (v2)
  v6 = load.u16.packet +2 (v2)
  v10 = store.u16.packet +20 (v2, v5)
  v12 = store.u8.packet +21 (v2, v91)
  v11 = store.u16.packet +22 (v2, v6)
  return v91`,
    "not what is used otherwise, or has a gap": `${PACKET}
  v5 = load.u16.packet +0 (v2)
  v6 = load.u16.packet +2 (v2)
  v7 = load.u16.packet +6 (v2)
  v10 = store.u16.packet +20 (v2, v5)
  v11 = store.u16.packet +22 (v2, v6)
  v12 = store.u16.packet +26 (v2, v7)
  return v5`,
  },
  "combine loads": {
    "not with a byte missing": `${PACKET}
  v5 = constant 16
  v6 = load.u8.packet +34 (v2) in 0..255
  v7 = load.u16.packet +36 (v2) in 0..65535
  v8 = shl64 (v7, v5)
  v10 = or64 (v6, v8)
  return v10`,
    "two halves in network order": `${PACKET}
  v5 = constant 16
  v6 = load.u16.packet +34 (v2) in 0..65535
  v7 = swap16 (v6) in 0..65535
  v8 = load.u16.packet +36 (v2) in 0..65535
  v10 = swap16 (v8) in 0..65535
  v11 = shl64 (v7, v5)
  v12 = or64 (v11, v10)
  return v12`,
    "four bytes as they are": `${PACKET}
  v5 = constant 8
  v6 = constant 16
  v7 = constant 24
  v8 = load.u8.packet +3 (v2) in 0..255
  v10 = load.u8.packet +4 (v2) in 0..255
  v11 = load.u8.packet +5 (v2) in 0..255
  v12 = load.u8.packet +6 (v2) in 0..255
  v13 = shl64 (v10, v5)
  v14 = shl64 (v11, v6)
  v15 = shl64 (v12, v7)
  v16 = add64 (v8, v13)
  v17 = add64 (v14, v15)
  v18 = add64 (v16, v17)
  return v18`,
    "not across a store": `${PACKET}
  v5 = constant 8
  v6 = load.u8.packet +34 (v2) in 0..255
  v7 = store.u8.packet +35 (v2, v91)
  v8 = load.u8.packet +35 (v2) in 0..255
  v10 = shl64 (v8, v5)
  v11 = or64 (v10, v6)
  return v11`,
    "not of bytes that overlap": `${PACKET}
  v5 = constant 8
  v6 = load.u16.packet +34 (v2) in 0..65535
  v8 = load.u8.packet +36 (v2) in 0..255
  v10 = shl64 (v8, v5)
  v11 = or64 (v10, v6)
  return v11`,
  },
  "drop proofs": {
    "of a masked index that is scaled, twice": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  v6 = constant 15
  v7 = and64 (v5, v6) in 0..15
  v8 = mapValue globals +0
  v21 = shl64 (v7, v92) in 0..60
  proof64 ult v21, v90 then b102 else b99
b102:
  v10 = bounded (v21) in 0..63
  v12 = add64 (v8, v10)
  v13 = load.u32.map +0 (v12) in 0..4294967295
  proof64 ult v21, v90 then b103 else b99
b103:
  v14 = bounded (v21) in 0..63
  v16 = add64 (v8, v14)
  v17 = store.u32.map +0 (v16, v13)
  return v13`,
    "of what is known on each way": `${PACKET}
  v5 = load.u16.packet +12 (v2) in 0..65535
  v6 = constant 18
  v8 = mapValue globals +0
  if64 eq v5, v91 then b102(v92) else b102(v6)
b102(v7 in 2..18):
  proof64 ult v7, v90 then b103 else b99
b103:
  v10 = bounded (v7) in 0..63
  v12 = add64 (v8, v10)
  v13 = load.u32.map +0 (v12) in 0..4294967295
  return v13`,
    "not of what grows in a loop": `${PACKET}
  v8 = mapValue globals +0
  goto b102(v91)
b102(v7 in 1..50):
  proof64 ult v7, v90 then b103 else b99
b103:
  v10 = bounded (v7) in 0..63
  v12 = add64 (v8, v10)
  v13 = load.u8.map +0 (v12) in 0..255
  v14 = add64 (v7, v92) in 3..52
  if64 ne v13, v91 then b102(v14) else b104
b104:
  return v13`,
    "not of what is larger": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  v8 = mapValue globals +0
  proof64 ult v5, v90 then b102 else b99
b102:
  v10 = bounded (v5) in 0..63
  v12 = add64 (v8, v10)
  v13 = load.u32.map +0 (v12) in 0..4294967295
  return v13`,
  },
  "split rotations": {
    "subtracted": `${PACKET}
  v5 = load.u32.packet +26 (v2) in 0..4294967295
  v6 = load.u32.packet +30 (v2) in 0..4294967295
  v7 = constant 14
  v8 = constant 18
  v10 = shl32 (v5, v7)
  v11 = lshr32 (v5, v8)
  v12 = or32 (v10, v11)
  v13 = sub32 (v6, v12)
  return v13`,
    "joined with what is not needed any more": `${PACKET}
  v5 = load.u32.packet +26 (v2) in 0..4294967295
  v6 = load.u32.packet +30 (v2) in 0..4294967295
  v7 = constant 14
  v8 = constant 18
  v10 = lshr32 (v5, v7)
  v11 = shl32 (v5, v8)
  v12 = add32 (v10, v11)
  v13 = xor32 (v12, v6)
  return v13`,
    "not with what is needed": `${PACKET}
  v5 = load.u32.packet +26 (v2) in 0..4294967295
  v6 = load.u32.packet +30 (v2) in 0..4294967295
  v7 = constant 14
  v8 = constant 18
  v10 = shl32 (v5, v7)
  v11 = lshr32 (v5, v8)
  v12 = or32 (v10, v11)
  v13 = xor32 (v6, v12)
  v14 = add64 (v13, v6)
  return v14`,
    "not other shifts": `${PACKET}
  v5 = load.u32.packet +26 (v2) in 0..4294967295
  v6 = load.u32.packet +30 (v2) in 0..4294967295
  v7 = constant 14
  v8 = constant 17
  v10 = shl32 (v5, v7)
  v11 = lshr32 (v5, v8)
  v12 = or32 (v10, v11)
  v13 = sub32 (v6, v12)
  return v13`,
    "not of a word whose upper half may have something": `${PACKET}
  v5 = load.u64.packet +26 (v2)
  v6 = load.u32.packet +34 (v2) in 0..4294967295
  v7 = constant 14
  v8 = constant 18
  v10 = shl32 (v5, v7)
  v11 = lshr32 (v5, v8)
  v12 = or32 (v10, v11)
  v13 = sub32 (v6, v12)
  return v13`,
  },
  "fold byte swaps": {
    "of six bytes": `${PACKET}
  v5 = load.u32.packet +0 (v2) in 0..4294967295
  v6 = load.u16.packet +4 (v2) in 0..65535
  v7 = constant 32
  v8 = shl64 (v6, v7)
  v10 = or64 (v5, v8)
  v11 = swap64 (v10)
  v12 = constant 16
  v13 = lshr64 (v11, v12)
  v14 = constant 2199023255553
  v15 = constant 2199023255554
  if64 eq v13, v14 then b102 else b103
b102:
  return v91
b103:
  if64 ne v13, v15 then b99 else b104
b104:
  return v92`,
    "not of six bytes where they are compared with a larger constant": `${PACKET}
  v5 = load.u32.packet +0 (v2) in 0..4294967295
  v6 = load.u16.packet +4 (v2) in 0..65535
  v7 = constant 32
  v8 = shl64 (v6, v7)
  v10 = or64 (v5, v8)
  v11 = swap64 (v10)
  v12 = constant 16
  v13 = lshr64 (v11, v12)
  v14 = constant 2199023255553
  v15 = constant 281474976710656
  if64 eq v13, v14 then b102 else b103
b102:
  return v91
b103:
  if64 ne v13, v15 then b99 else b104
b104:
  return v92`,
    "with a constant whose upper bit is set": `${PACKET}
  v5 = load.u64.packet +0 (v2)
  v6 = swap64 (v5)
  v7 = constant -108086391056891904
  if64 eq v6, v7 then b102 else b99
b102:
  return v91`,
    "of one way or a constant, swapped again": `${PACKET}
  v5 = constant 16
  v6 = load.u16.packet +3 (v2) in 0..65535
  v7 = swap16 (v6) in 0..65535
  if64 set v6, v90 then b102(v5) else b102(v7)
b102(v8 in 0..65535):
  v10 = swap16 (v8)
  return v10`,
    "compared and tested": `${PACKET}
  v5 = constant 2048
  v6 = load.u16.packet +12 (v2) in 0..65535
  v7 = swap16 (v6) in 0..65535
  v8 = load.u16.packet +20 (v2) in 0..65535
  v10 = swap16 (v8) in 0..65535
  v11 = constant 8191
  if64 eq v7, v5 then b102 else b99
b102:
  if64 set v10, v11 then b103 else b99
b103:
  return v91`,
    "not of part of a word": `${PACKET}
  v5 = constant 2048
  v6 = load.u32.packet +12 (v2) in 0..4294967295
  v7 = swap16 (v6) in 0..65535
  if64 eq v7, v5 then b102 else b99
b102:
  return v91`,
    "where ways meet": `${PACKET}
  v5 = constant 2048
  v6 = load.u16.packet +12 (v2) in 0..65535
  v7 = swap16 (v6) in 0..65535
  goto b102(v7)
b102(v8):
  if64 eq v8, v5 then b103 else b99
b103:
  v10 = load.u16.packet +16 (v2) in 0..65535
  v11 = swap16 (v10) in 0..65535
  if64 eq v10, v91 then b102(v11) else b104
b104:
  return v91`,
  },
  "number values": {
    "what was compared with the packet's end and is then an address, both after the same tests": `${PACKET}
  v5 = load.u32.packet +12 (v2) in 0..4294967295
  v6 = constant 200
  if64 ult v5, v6 then b102 else b99
b102:
  v10 = add64 (v5, v91) in 1..200
  proof64 ult v10, v6 then b103 else b99
b103:
  v11 = bounded (v10) in 0..199
  v12 = add64 (v11, v2)
  v13 = add64 (v12, v91)
  if64 ugt v13, v3 then b99 else b104
b104:
  v14 = add64 (v91, v5) in 1..200
  proof64 ult v14, v6 then b105 else b99
b105:
  v15 = bounded (v14) in 0..199
  v16 = add64 (v15, v2)
  v17 = add64 (v16, v91)
  if64 ugt v17, v3 then b99 else b106
b106:
  v18 = load.u8.packet +0 (v16) in 0..255
  return v18`,
    "not what was computed before a test of what feeds an address": `${PACKET}
  v5 = load.u32.packet +12 (v2) in 0..4294967295
  v6 = constant 200
  v10 = add64 (v5, v91) in 1..4294967296
  if64 ult v10, v90 then b102 else b99
b102:
  if64 ult v5, v6 then b103 else b99
b103:
  v14 = add64 (v5, v91) in 1..200
  v16 = add64 (v14, v2)
  v17 = add64 (v16, v91)
  if64 ugt v17, v3 then b99 else b104
b104:
  v18 = load.u8.packet +0 (v16) in 0..255
  return v18`,
    "but for what feeds none": `${PACKET}
  v5 = load.u32.packet +12 (v2) in 0..4294967295
  v6 = constant 200
  v10 = add64 (v5, v91) in 1..4294967296
  if64 ult v10, v90 then b102 else b99
b102:
  if64 ult v5, v6 then b103 else b99
b103:
  v16 = add64 (v5, v2)
  v17 = add64 (v16, v91)
  if64 ugt v17, v3 then b99 else b104
b104:
  v14 = add64 (v5, v91) in 1..200
  v18 = load.u8.packet +0 (v16) in 0..255
  v19 = add64 (v18, v14)
  return v19`,
    "not what is bounded by another number": `${PACKET}
  v5 = load.u32.packet +12 (v2) in 0..4294967295
  v6 = constant 200
  proof64 ult v5, v6 then b102 else b99
b102:
  v11 = bounded (v5) in 0..199
  v12 = add64 (v11, v2)
  v13 = add64 (v12, v91)
  if64 ugt v13, v3 then b99 else b103
b103:
  proof64 ult v5, v90 then b104 else b99
b104:
  v15 = bounded (v5) in 0..63
  v16 = add64 (v15, v2)
  v17 = load.u8.packet +0 (v16) in 0..255
  v18 = load.u8.packet +0 (v12) in 0..255
  v19 = add64 (v17, v18)
  return v19`,
  },
  "simplify": {
    "a swapped word that is compared with what looks the same both ways": `${PACKET}
  v5 = constant 0
  v6 = constant 65535
  v7 = load.u16.packet +4 (v2) in 0..65535
  v8 = load.u32.packet +8 (v2) in 0..4294967295
  v9 = swap16 (v7) in 0..65535
  v10 = swap16 (v8) in 0..65535
  if64 eq v9, v5 then b5 else b6
b5:
  if64 ne v9, v6 then b7 else b6
b7:
  if64 eq v10, v5 then b8 else b6
b8:
  return v9
b6:
  return v92`,
    "bytes that are swapped by shifts": `${PACKET}
  v5 = constant 255
  v6 = constant 8
  v7 = load.u16.packet +4 (v2) in 0..65535
  v8 = and64 (v7, v5) in 0..255
  v9 = shl64 (v8, v6) in 0..65280
  v10 = lshr64 (v7, v6) in 0..255
  v11 = or64 (v9, v10) in 0..65535
  v12 = store.u16.packet +8 (v2, v11)
  return v91`,
    "bytes of a longer word that are shifted alike": `${PACKET}
  v5 = constant 255
  v6 = constant 8
  v7 = load.u32.packet +4 (v2) in 0..4294967295
  v8 = and64 (v7, v5) in 0..255
  v9 = shl64 (v8, v6) in 0..65280
  v10 = lshr64 (v7, v6) in 0..16777215
  v11 = or64 (v9, v10) in 0..16777215
  v12 = store.u32.packet +8 (v2, v11)
  return v91`,
    "a test of a bit that was shifted and looked at by halves": `${PACKET}
  v5 = constant 3
  v6 = constant 0
  v7 = load.u32.packet +4 (v2) in 0..4294967295
  v8 = lshr32 (v7, v5)
  v9 = and32 (v8, v91)
  if32 ne v9, v6 then b5 else b6
b5:
  return v91
b6:
  return v92`,
    "a test of the highest bit, which is no immediate of 64 bits": `${PACKET}
  v5 = constant 31
  v6 = constant 0
  v7 = load.u32.packet +4 (v2) in 0..4294967295
  v8 = lshr32 (v7, v5)
  if32 set v8, v91 then b5 else b6
b5:
  return v91
b6:
  return v92`,
    "a helper's answer, asked for its sign": `b0:
  v1 = constant 63
  v2 = constant 0
  v3 = constant 1
  goto b1
b1:
  v4 = call 87
  v5 = lshr64 (v4, v1) in 0..1
  if64 eq v5, v2 then b2 else b3
b2:
  return v2
b3:
  return v3`,
    "swapped words of a hash that decides an address": `b0:
  v1 = context
  v2 = constant 3
  v3 = stackSlot 8
  goto b1
b1:
  v4 = packetStart 0 (v1)
  v5 = load.u32.packet +26 (v4) in 0..4294967295
  v6 = swap32 (v5) in 0..4294967295
  v7 = load.u32.packet +30 (v4) in 0..4294967295
  v8 = swap32 (v7) in 0..4294967295
  v9 = xor64 (v6, v8) in 0..4294967295
  v10 = and64 (v9, v2) in 0..3
  v11 = add64 (v3, v10)
  v12 = load.u8.stack +0 (v11) in 0..255
  return v12`,
    "not swapped words of 64 bits of which 32 are seen": `${PACKET}
  v5 = load.u64.packet +0 (v2)
  v6 = swap64 (v5)
  v7 = load.u64.packet +8 (v2)
  v8 = swap64 (v7)
  v10 = xor32 (v6, v8) in 0..4294967295
  v11 = load.u64.packet +16 (v2)
  v12 = swap64 (v11)
  v13 = xor32 (v12, v92) in 0..4294967295
  v14 = add64 (v10, v13)
  return v14`,
    "a multiple compared with a constant": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  v6 = constant 15
  v7 = and64 (v5, v6)
  v8 = shl64 (v7, v92)
  v10 = constant 20
  if64 eq v8, v10 then b102 else b99
b102:
  v11 = load.u16.packet +16 (v2)
  v12 = shl64 (v11, v92)
  v13 = constant 21
  if64 ne v12, v13 then b103 else b99
b103:
  return v91`,
    "an element's place by a masked hash": `${PACKET}
  v5 = load.u32.packet +26 (v2) in 0..4294967295
  v6 = constant 2047
  v7 = constant 5
  v8 = and64 (v5, v6) in 0..2047
  v10 = lshr64 (v8, v7) in 0..63
  v11 = shl64 (v10, v92) in 0..252
  return v11`,
    "a field scaled, compared with zero": `${PACKET}
  v5 = load.u16.packet +20 (v2) in 0..65535
  v6 = constant 8191
  v7 = constant 3
  v8 = constant 0
  v10 = and64 (v5, v6) in 0..8191
  v11 = shl64 (v10, v7) in 0..65528
  if64 eq v11, v8 then b102 else b99
b102:
  return v91`,
    "not where the shift goes farther back": `${PACKET}
  v5 = load.u32.packet +26 (v2) in 0..4294967295
  v6 = constant 2047
  v7 = constant 5
  v8 = and64 (v5, v6) in 0..2047
  v10 = lshr64 (v8, v92) in 0..511
  v11 = shl64 (v10, v7) in 0..16352
  return v11`,
    "constants around a difference": `${PACKET}
  v5 = constant 31
  v6 = constant 32
  v7 = load.u8.packet +3 (v2) in 0..255
  v8 = sub64 (v6, v7)
  v10 = sub64 (v5, v8)
  v11 = add64 (v8, v5)
  v12 = add64 (v7, v6)
  v13 = sub64 (v5, v12)
  v14 = xor64 (v10, v11)
  v15 = xor64 (v14, v13)
  return v15`,
    "a byte moved up and swapped": `${PACKET}
  v5 = constant 8
  v6 = load.u16.packet +3 (v2) in 0..65535
  v7 = shl64 (v6, v5)
  v8 = swap16 (v7)
  return v8`,
    "flipped bits, all clear": `${PACKET}
  v5 = constant 65535
  v6 = constant -1
  v7 = load.u16.packet +3 (v2) in 0..65535
  v8 = xor64 (v7, v6)
  if64 set v8, v5 then b99 else b102
b102:
  return v91`,
    "an address of six bytes copied": `${PACKET}
  v5 = constant 16
  v6 = constant 32
  v7 = load.u32.packet +6 (v2) in 0..4294967295
  v8 = load.u16.packet +10 (v2) in 0..65535
  v10 = shl64 (v8, v6)
  v11 = or64 (v7, v10)
  v12 = swap64 (v11)
  v13 = lshr64 (v12, v5)
  v14 = shl64 (v13, v5)
  v15 = swap64 (v14)
  v16 = store.u32.packet +0 (v2, v15)
  v17 = lshr64 (v15, v6)
  v18 = store.u16.packet +4 (v2, v17)
  return v91`,
    "swaps outwards": `${PACKET}
  v5 = constant 4095
  v6 = load.u32.packet +26 (v2) in 0..4294967295
  v7 = swap32 (v6) in 0..4294967295
  v8 = load.u32.packet +30 (v2) in 0..4294967295
  v10 = swap32 (v8) in 0..4294967295
  v11 = xor64 (v7, v10)
  v12 = and64 (v11, v5)
  return v12`,
    "parts of swapped words": `${PACKET}
  v5 = constant 16
  v6 = constant 24
  v7 = load.u32.packet +26 (v2) in 0..4294967295
  v8 = swap32 (v7) in 0..4294967295
  v10 = lshr64 (v8, v5)
  v11 = lshr64 (v8, v6)
  v12 = load.u16.packet +36 (v2) in 0..65535
  v13 = swap16 (v12) in 0..65535
  v14 = shl64 (v13, v5)
  v15 = add64 (v10, v11)
  v16 = sub64 (v15, v14)
  return v16`,
    "flipped bits behind a mask": `${PACKET}
  v5 = constant -1
  v6 = constant 65535
  v7 = load.u16.packet +24 (v2) in 0..65535
  v8 = xor64 (v7, v5)
  v10 = and64 (v8, v6)
  return v10`,
    "bits behind a shift": `${PACKET}
  v5 = constant 4
  v6 = load.u8.packet +47 (v2) in 0..255
  v7 = lshr64 (v6, v5)
  if64 set v7, v91 then b102 else b99
b102:
  return v91`,
  },
  "remove dead stores": {
    "of private bytes that every way overwrites first": `b0:
  v1 = context
  v2 = constant 0
  v3 = constant 7
  v4 = stackSlot 8
  goto b100
b100:
  v5 = store.u64.stack +0 (v4, v2)
  v6 = call 7 ()
  if64 eq v6, v2 then b101 else b102
b101:
  v7 = store.u32.stack +0 (v4, v3)
  goto b103
b102:
  v8 = store.u32.stack +0 (v4, v6)
  goto b103
b103:
  v9 = load.u32.stack +0 (v4) in 0..4294967295
  return v9`,
    "not of bytes that a way reads": `b0:
  v1 = context
  v2 = constant 0
  v3 = constant 7
  v4 = stackSlot 8
  goto b100
b100:
  v5 = store.u64.stack +0 (v4, v2)
  v6 = call 7 ()
  if64 eq v6, v2 then b101 else b103
b101:
  v7 = store.u32.stack +0 (v4, v3)
  goto b103
b103:
  v9 = load.u32.stack +0 (v4) in 0..4294967295
  return v9`,
    "not where a helper may read": `b0:
  v2 = constant 0
  v3 = constant 7
  v4 = stackSlot 8
  goto b100
b100:
  v5 = store.u64.stack +0 (v4, v2)
  v6 = call 7 (v4)
  v7 = store.u64.stack +0 (v4, v3)
  v8 = call 7 (v4)
  return v8`,
    "not of shared words whose halves are stored": `b0:
  v1 = mapValue globals +0
  v2 = constant 0
  v3 = constant 7
  goto b100
b100:
  v4 = store.u64.map +0 (v1, v2)
  v5 = store.u32.map +4 (v1, v3)
  v6 = store.u32.map +0 (v1, v3)
  return v2`,
    "zeros where there are zeros": `b0:
  v2 = constant 0
  v3 = constant 7
  v4 = stackSlot 16
  goto b100
b100:
  v5 = store.u64.stack +8 (v4, v2)
  v6 = store.u64.stack +0 (v4, v3)
  v7 = store.u32.stack +8 (v4, v2)
  v8 = call 7 (v4)
  return v8`,
    "not zeros where a helper or a store has been since": `b0:
  v2 = constant 0
  v3 = constant 7
  v4 = stackSlot 16
  goto b100
b100:
  v5 = store.u64.stack +0 (v4, v2)
  v6 = store.u8.stack +3 (v4, v3)
  v7 = store.u32.stack +0 (v4, v2)
  v8 = store.u64.stack +8 (v4, v2)
  v9 = call 7 (v4)
  v10 = store.u64.stack +8 (v4, v2)
  v11 = call 7 (v4)
  return v11`,
    "zeros of a record all of which is written, in parts": `${RECORD}
  v10 = store.u32.map +0 (v7, v5)
  v11 = call 7 ()
  v12 = store.u32.map +4 (v7, v11)
  v13 = store.u64.map +8 (v7, v5)${SUBMIT}`,
    "not zeros of which a byte is left": `${RECORD}
  v10 = store.u32.map +0 (v7, v5)
  v11 = store.u16.map +4 (v7, v5)
  v12 = store.u8.map +7 (v7, v5)${SUBMIT}`,
    "of a record that is discarded": `${RECORD}
  v10 = store.u32.map +0 (v7, v5)
  v11 = call 133 (v7, v3)
  return v6`,
    "not of a record that a way submits": `${RECORD}
  v10 = call 7 ()
  if64 eq v10, v3 then b102 else b103
b102:
  v11 = call 133 (v7, v3)
  return v6
b103:${SUBMIT}`,
    "not of a record that a helper is given before": `${RECORD}
  v10 = add64 (v7, v2)
  v11 = call 189 (v1, v3, v10, v2)
  v12 = store.u64.map +0 (v7, v5)
  v13 = store.u64.map +8 (v7, v5)${SUBMIT}`,
    "not of a record whose address is stored": `${RECORD}
  v10 = store.u64.stack +0 (v8, v7)
  v11 = call 181 (v2, v8)
  v12 = store.u64.map +0 (v7, v5)
  v13 = store.u64.map +8 (v7, v5)${SUBMIT}`,
    "not of a record that ways may take for another": `${RECORD}
  v10 = call 7 ()
  if64 eq v10, v3 then b102(v7) else b102(v8)
b102(v11):
  v12 = load.u64.map +0 (v11)
  v13 = store.u64.map +0 (v7, v12)
  v14 = store.u64.map +8 (v7, v12)${SUBMIT}`,
    "not of bytes at an offset known at run time only": `${RECORD}
  v9 = call 7 ()
  v10 = and64 (v9, v5) in 0..7
  v11 = add64 (v7, v10)
  v12 = store.u8.map +0 (v11, v5)
  v13 = store.u64.map +8 (v7, v5)${SUBMIT}`,
  },
  "sink stores": {
    "zeros that one way leaves": `${RECORD}
  v10 = call 7 ()
  if64 eq v10, v3 then b102 else b103
b102:
  v11 = store.u64.map +0 (v7, v10)
  v12 = store.u64.map +8 (v7, v10)
  goto b104
b103:
  v13 = store.u64.map +8 (v7, v5)
  goto b104
b104:${SUBMIT}`.replace("v10 = call 7 ()\n", "").replace("v30 =", "v10 = call 7 ()\n  v30 ="),
    "into a block of their own, where the way goes on with others": `${RECORD}
  if64 eq v7, v5 then b102 else b104
b102:
  v11 = store.u64.map +0 (v7, v5)
  v12 = store.u64.map +8 (v7, v5)
  goto b104
b104:${SUBMIT}`,
    "not a single one": `${RECORD}
  v10 = store.u64.map +0 (v7, v5)
  if64 eq v7, v5 then b102 else b104
b102:
  v12 = store.u64.map +8 (v7, v5)
  goto b104
b104:${SUBMIT}`,
    "not past a call, nor what reads or writes the bytes": `${RECORD}
  v9 = call 7 ()
  v10 = store.u64.map +0 (v7, v5)
  v11 = store.u32.map +0 (v7, v3)
  v13 = load.u64.map +8 (v7)
  if64 eq v13, v5 then b102 else b103
b102:
  v14 = store.u64.map +0 (v7, v5)
  v15 = store.u64.map +8 (v7, v5)
  goto b104
b103:
  goto b104
b104:${SUBMIT}`,
  },
  "address from checked pointers": {
    "fields behind a check": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  v6 = store.u8.packet +0 (v2, v91)
  return v5`,
    "one check after the other": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  v6 = constant 80
  v7 = add64 (v2, v6)
  if64 ule v7, v3 then b102 else b99
b102:
  v8 = load.u8.packet +70 (v2) in 0..255
  v10 = add64 (v2, v90)
  v11 = load.u8.packet +0 (v10) in 0..255
  v12 = add64 (v8, v11)
  return v12`,
    "behind an offset": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  v6 = add64 (v2, v5)
  v7 = add64 (v6, v90)
  if64 ugt v7, v3 then b99 else b102
b102:
  v8 = load.u8.packet +63 (v6) in 0..255
  return v8`,
    "what comes before a check stays": `b0:
  v1 = context
  v90 = constant 64
  v92 = constant 2
  goto b100
b100:
  v2 = packetStart 0 (v1)
  v3 = packetEnd 0 (v1)
  v5 = sub64 (v3, v2) in 0..65535
  v4 = add64 (v2, v90)
  if64 ugt v4, v3 then b99 else b101
b99:
  return v92
b101:
  v6 = load.u8.packet +14 (v2) in 0..255
  v7 = add64 (v5, v6)
  return v7`,
    "not what other ways need, too": `b0:
  v1 = context
  v90 = constant 64
  v91 = constant 20
  v92 = constant 2
  goto b100
b100:
  v2 = packetStart 0 (v1)
  v3 = packetEnd 0 (v1)
  v4 = add64 (v2, v90)
  if64 ugt v4, v3 then b102 else b101
b102:
  v5 = add64 (v2, v91)
  if64 ugt v5, v3 then b99 else b103
b99:
  return v92
b103:
  v6 = load.u8.packet +14 (v2) in 0..255
  return v6
b101:
  v7 = load.u8.packet +40 (v2) in 0..255
  return v7`,
    "not a pointer whose distance from another is wanted": `${PACKET}
  v5 = load.u8.packet +14 (v2) in 0..255
  v6 = sub64 (v3, v2) in 0..65535
  v7 = add64 (v5, v6)
  return v7`,
    "not in a loop around the check": `b0:
  v1 = context
  v90 = constant 64
  v91 = constant 1
  v92 = constant 2
  goto b100
b100:
  v2 = packetStart 0 (v1)
  v3 = packetEnd 0 (v1)
  goto b102(v92)
b102(v5 in 2..64):
  v4 = add64 (v2, v90)
  if64 ugt v4, v3 then b99 else b101
b99:
  return v92
b101:
  v6 = load.u8.packet +14 (v2) in 0..255
  v7 = add64 (v5, v91) in 3..65
  if64 ult v7, v90 then b102(v7) else b103
b103:
  return v6`,
    "not an address that is stored": `${PACKET}
  v5 = stackSlot 8
  v6 = store.u64.stack +0 (v5, v2)
  v7 = load.u8.packet +14 (v2) in 0..255
  return v7`,
  },
  "add distances ahead": {
    "in front of a loop": `${BEHIND_HEADER}
b103:
  v7 = load.u8.packet -1 (v6) in 0..255
  v8 = add64 (v5, v91) in 1..64
  if64 ult v8, v90 then b102(v8) else b104
b104:
  return v7`,
    "in front of both loops": `${
      BEHIND_HEADER.replace("b101:\n  goto b102(v93)", "b101:\n  goto b105(v93)\nb105(v9 in 0..63):\n  goto b102(v93)")
    }
b103:
  v7 = load.u8.packet -1 (v6) in 0..255
  v8 = add64 (v5, v91) in 1..64
  if64 ult v8, v90 then b102(v8) else b104
b104:
  v10 = add64 (v9, v91) in 1..64
  if64 ult v10, v90 then b105(v10) else b106
b106:
  return v7`,
    "on a way out of a branch": `${
      BEHIND_HEADER.replace("goto b102(v93)", "if64 eq v94, v91 then b102(v93) else b99").replace(
        "b101:\n",
        "b101:\n  v94 = load.u8.packet +3 (v2) in 0..255\n",
      )
    }
b103:
  v7 = load.u8.packet -1 (v6) in 0..255
  v8 = add64 (v5, v91) in 1..64
  if64 ult v8, v90 then b102(v8) else b104
b104:
  return v7`,
    "not what the loop needs itself": `${BEHIND_HEADER}
b103:
  v7 = load.u8.packet +3 (v2) in 0..255
  v8 = add64 (v5, v91) in 1..64
  if64 ult v8, v90 then b102(v8) else b104
b104:
  return v7`,
    "not what is needed behind the loop": `${BEHIND_HEADER}
b103:
  v7 = load.u8.packet -1 (v6) in 0..255
  v8 = add64 (v5, v91) in 1..64
  if64 ult v8, v90 then b102(v8) else b104
b104:
  v9 = load.u8.packet +3 (v2) in 0..255
  return v9`,
    "not two distances": `${BEHIND_HEADER}
b103:
  v7 = add64 (v2, v5)
  v8 = add64 (v7, v92)
  if64 ugt v8, v3 then b99 else b104
b104:
  v9 = load.u8.packet -2 (v8) in 0..255
  v10 = add64 (v5, v91) in 1..64
  if64 ult v10, v90 then b102(v10) else b105
b105:
  return v9`,
    "not a sum from in front of the loop": `${
      BEHIND_HEADER.replace("  v11 = add64 (v5, v2)\n", "").replace(
        "b101:\n",
        "b101:\n  v12 = load.u8.packet +3 (v2) in 0..255\n  v11 = add64 (v12, v2)\n",
      )
    }
b103:
  v7 = load.u8.packet -1 (v6) in 0..255
  v8 = add64 (v5, v91) in 1..64
  if64 ult v8, v90 then b102(v8) else b104
b104:
  return v7`,
  },
  "address from map bases": {
    "elements of two arrays": `b0:
  v1 = mapValue globals +8
  v2 = mapValue globals +40
  v3 = constant 3
  v4 = constant 7
  v10 = context
  goto b100
b100:
  v5 = load.u32.context +12 (v10) in 0..4294967295
  v6 = and64 (v5, v4) in 0..7
  v7 = shl64 (v6, v3) in 0..56
  v8 = add64 (v7, v1)
  v9 = load.u32.map +0 (v8) in 0..4294967295
  v11 = store.u32.map +4 (v8, v3)
  v12 = shl64 (v6, v4) in 0..896
  v13 = add64 (v2, v12)
  v14 = store.u32.map +0 (v13, v9)
  return v9`,
    "not of an address that a helper is given, nor far away": `b0:
  v1 = mapValue globals +8
  v2 = mapValue globals +124
  v3 = constant 3
  v4 = constant 7
  v10 = context
  goto b100
b100:
  v5 = load.u32.context +12 (v10) in 0..4294967295
  v6 = and64 (v5, v4) in 0..7
  v7 = shl64 (v6, v3) in 0..56
  v8 = add64 (v7, v1)
  v9 = load.u32.map +0 (v8) in 0..4294967295
  v11 = call 7 (v8)
  v12 = add64 (v7, v2)
  v13 = store.u32.map +4 (v12, v9)
  return v9`,
  },
  "split slots": {
    "elements": `b0:
  v2 = constant 0
  v3 = constant 7
  v4 = stackSlot 8
  goto b100
b100:
  v5 = store.u32.stack +0 (v4, v2)
  v6 = store.u32.stack +4 (v4, v3)
  v7 = call 7 ()
  v8 = load.u32.stack +4 (v4) in 0..4294967295
  return v8`,
    "not where a helper sees them": `b0:
  v2 = constant 0
  v4 = stackSlot 8
  goto b100
b100:
  v5 = store.u32.stack +0 (v4, v2)
  v6 = store.u32.stack +4 (v4, v2)
  v7 = call 7 (v4)
  return v7`,
    "not at offsets known at run time": `${PACKET}
  v4 = stackSlot 8
  v5 = load.u8.packet +14 (v2) in 0..255
  v6 = constant 4
  v7 = and64 (v5, v6) in 0..4
  v8 = store.u32.stack +0 (v4, v91)
  v10 = store.u32.stack +4 (v4, v92)
  v11 = add64 (v4, v7)
  v12 = load.u32.stack +0 (v11) in 0..4294967295
  return v12`.replace("v4 = add64 (v2, v90)", "v9 = add64 (v2, v90)").replace("if64 ugt v4,", "if64 ugt v9,"),
  },
};
