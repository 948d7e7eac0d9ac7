import Files
import Wire

/// A list of tracks kept elsewhere, as downloaders write it: one id per line, or the name of its source and the id.
struct Archive {
    /// The ids of the tracks.
    let ids: [String]

    private static let maximumBytes = 1 << 30

    init(file: String, catalog: String) throws(Failure) {
        guard let bytes = contents(of: file, atMost: Self.maximumBytes) else {
            throw .config("no_file", "cannot read \(file)")
        }
        var (ids, number) = ([String](), 0)
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            number += 1
            guard let text = String(validating: line, as: UTF8.self), !text.utf8.contains(0) else {
                throw .permanent("bad_archive", "\(file):\(number) is not valid UTF-8")
            }
            let words = text.split(whereSeparator: \.isWhitespace)
            switch words.count {
            case 0: continue
            case _ where words[0].hasPrefix("#"): continue
            case 1: ids.append(trackID(String(words[0]), catalog: catalog))
            case 2: ids.append("\(words[0]):track:\(words[1])")
            default: throw .permanent("bad_archive", "\(file):\(number) is neither ID nor NAME ID: \(text)")
            }
        }
        self.ids = ids
    }
}
