import Wire

extension SpooledFile.Artwork {
    /// The artwork as JSON, with the unknown members of `earlier`.
    func json(over earlier: JSON?) -> JSON {
        var object = earlier?.object ?? JSONObject()
        object["path"] = .string(path)
        object["bytes"] = .integer(bytes)
        object["sha256"] = .string(sha256)
        object["mime"] = .string(mime)
        return object.value
    }
}
