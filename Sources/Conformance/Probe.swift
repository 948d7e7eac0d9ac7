import Wire

/// Members that no stage knows, added to every record; their values are hard to preserve.
enum Probe {
    static let names = ["x_probe", "probe"]

    private static let values = [
        #"{"integer":12345678901234567890,"fraction":1.0,"exponent":1e2,"small":-0.5,"nul":"a\u0000b","#
            + #""separators":"\#u{2028}\u2028\u0085","escapes":"\"\\\/\b\t","pair":"\ud83c\udfb5\#u{1F3B5}","#
            + #""accents":"\#u{E9}e\#u{301}","nested":{"list":[null,true,[],{},{"deep":[[["x"]]]}],"":"no name"}}"#,
        #"["of a later version",{"id":"not-an-id","kind":"error"}]"#
    ]

    static func put(into record: inout Record) {
        for (name, value) in zip(names, values) { record[name] = try? JSON(parsing: Array(value.utf8)) }
    }
}
