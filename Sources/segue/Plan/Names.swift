import Files

/// The names that tracks would get, and which of them collide. It keeps a hash and an id for each.
struct Names {
    private struct Owner {
        let id: String
        var last = 1
    }

    private var owners: [Int: Owner] = [:]
    /// Folders by collision key, as they were first spelled.
    private var folders: [String: String] = [:]

    /// The name that place would give an item, and the owner of the name that it would have got.
    mutating func claim(_ path: String, for id: String) -> (path: String, owner: String?) {
        let path = "\(spelling(ofFolder: folder(of: path)))/\(lastPart(of: path))"
        let key = Self.key(path)
        guard var owner = owners[key] else {
            owners[key] = Owner(id: id)
            return (path, nil)
        }
        var name = path
        repeat {
            owner.last += 1
            name = Self.numbered(path, owner.last)
        } while owners[Self.key(name)] != nil
        owners[key] = owner
        owners[Self.key(name)] = Owner(id: id)
        return (name, owner.id)
    }

    /// The first spelling of a folder: folders that some file systems take for the same are one.
    private mutating func spelling(ofFolder path: String) -> String {
        guard path != "/", path != "." else { return path == "/" ? "" : path }
        let key = FileName.collisionKey(path)
        if let known = folders[key] { return known }
        let spelling = "\(spelling(ofFolder: folder(of: path)))/\(lastPart(of: path))"
        folders[key] = spelling
        return spelling
    }

    private static func key(_ path: String) -> Int { FileName.collisionKey(path).utf8Hash }

    /// The path with a number before the extension, as place writes it.
    private static func numbered(_ path: String, _ number: Int) -> String {
        let name = lastPart(of: path)
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "\(path) (\(number))" }
        let ending = name[dot...]
        return "\(path.dropLast(ending.count)) (\(number))\(ending)"
    }
}
