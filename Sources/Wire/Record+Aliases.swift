extension Record {
    /// Other ids of the same thing, in order; a control line has those of the record that it carries.
    package var aliases: [String] {
        (members["aliases"] ?? members["record"]?.object?["aliases"])?.elements.compactMap(\.string) ?? []
    }

    package mutating func set(aliases: [String]) {
        if !aliases.isEmpty { members["aliases"] = .strings(aliases) }
    }

    /// Whether its file is not wanted where another source's track of the same recording has been booked meanwhile.
    package var isOnlyOnce: Bool {
        get { members["once"]?.boolean ?? false }
        set { members["once"] = newValue ? .boolean(true) : nil }
    }

    /// The same record under another id, by which somebody knows it; its own id joins the aliases.
    package func known(as other: String) -> Record {
        guard !other.utf8.elementsEqual(id.utf8) else { return self }
        var members = members
        members["id"] = .string(other)
        if let inner = carried, inner.id.utf8.elementsEqual(id.utf8) {
            members["record"] = inner.known(as: other).value
        } else {
            members["aliases"] = .strings([id] + aliases.filter { !$0.utf8.elementsEqual(other.utf8) })
        }
        return Record(id: other, kind: kind, parent: parent, seq: seq, members: members, depth: depth)
    }
}
