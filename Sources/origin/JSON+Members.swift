import Wire

extension JSON {
    /// An object of these members, without those that have no value.
    static func object(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        var object = JSONObject()
        for (name, value) in members { object.set(name, value) }
        return object.value
    }

    /// The value's members and these.
    func with(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        var object = object ?? JSONObject()
        for (name, value) in members { object.set(name, value) }
        return object.value
    }
}
