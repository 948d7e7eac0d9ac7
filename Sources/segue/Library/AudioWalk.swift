import Files
import Foundation
import Wire

/// The audio files of a library, by their names.
struct AudioWalk {
    /// Absolute.
    let library: String

    /// Paths from the library's folder of all that lies below one of its folders; what is hidden is left out.
    func each(below folder: String = "", _ body: (String) -> Void) {
        guard let walk = FileManager.default.enumerator(atPath: folder.isEmpty ? library : "\(library)/\(folder)")
        else {
            return
        }
        while let path = walk.nextObject() as? String {
            if lastPart(of: path).utf8.first == UInt8(ascii: ".") {
                walk.skipDescendants()
            } else if Self.format(of: path) != nil {
                body(folder.isEmpty ? path : "\(folder)/\(path)")
            }
        }
    }

    /// What a file is by its name.
    static func format(of path: String) -> Format? {
        let name = lastPart(of: path)
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        return Format(rawValue: name[name.index(after: dot)...].lowercased())
    }
}
