import Files

/// The names that tracks would get, and which of them get in each other's way. Of each it keeps a hash and an id.
struct Names {
    /// Who has a name already, and what the next one gets.
    struct Clash: Equatable {
        let id: String
        /// Nil when only upper and lower case differ: then both stay, on a file system that tells them apart.
        let name: String?
    }

    private struct Owner {
        let id: String
        let exact: Int
        var last = 1
    }

    private var owners: [Int: Owner] = [:]

    /// Gives a path to an item, or tells whose it is.
    mutating func take(_ path: String, for id: String) -> Clash? {
        let key = path.lowercased().utf8Hash
        guard var owner = owners[key] else {
            owners[key] = Owner(id: id, exact: path.utf8Hash)
            return nil
        }
        guard owner.exact == path.utf8Hash else { return Clash(id: owner.id, name: nil) }
        var name = path
        repeat {
            owner.last += 1
            name = Self.numbered(path, owner.last)
        } while owners[name.lowercased().utf8Hash] != nil
        owners[key] = owner
        owners[name.lowercased().utf8Hash] = Owner(id: id, exact: name.utf8Hash)
        return Clash(id: owner.id, name: name)
    }

    /// With its number before the extension, as place does it.
    private static func numbered(_ path: String, _ number: Int) -> String {
        let name = lastPart(of: path)
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "\(path) (\(number))" }
        let ending = name[dot...]
        return "\(path.dropLast(ending.count)) (\(number))\(ending)"
    }
}
