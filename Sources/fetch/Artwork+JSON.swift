import Wire

extension SpooledFile.Artwork {
    /// As JSON, with what `earlier` holds beside the members that are known.
    func json(over earlier: JSON?) -> JSON {
        var object = earlier?.object ?? JSONObject()
        object["path"] = .string(path)
        object["bytes"] = .integer(bytes)
        object["sha256"] = .string(sha256)
        object["mime"] = .string(mime)
        return object.value
    }
}
