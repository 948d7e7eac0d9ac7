import Wire

extension JSON {
    /// An object of these members, leaving out those without a value.
    static func object(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        var object = JSONObject()
        for (name, value) in members { object.set(name, value) }
        return object.value
    }

    /// The object's members together with these.
    func with(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        var object = object ?? JSONObject()
        for (name, value) in members { object.set(name, value) }
        return object.value
    }
}
