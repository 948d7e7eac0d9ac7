import Wire

extension JSON {
    /// Whether two values mean the same to every reader: numbers are equal as `Double`, members may be in any order.
    func means(_ other: JSON) -> Bool {
        if text.elementsEqual(other.text) { return true }
        if let string { return other.string.map { $0.utf8.elementsEqual(string.utf8) } ?? false }
        if let number { return other.number == number }
        if isArray {
            let (mine, theirs) = (elements, other.elements)
            return other.isArray && mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.means($1) }
        }
        guard let object, let others = other.object else { return false }
        return object.firstLoss(in: others) == nil && others.names.allSatisfy { object[$0] != nil }
    }
}

extension JSONObject {
    /// The name of the first member that `other` lacks, or has with a different value.
    func firstLoss(in other: JSONObject) -> String? {
        names.first { name in
            guard let mine = self[name] else { return false }
            return other[name].map { !mine.means($0) } ?? true
        }
    }
}
