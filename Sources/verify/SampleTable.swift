import Wire

/// The places of a track's sound in an MP4 file: chunks of samples.
struct SampleTable {
    private let atoms: [String: Atom]

    init(_ atoms: [Atom]) {
        self.atoms = Dictionary(atoms.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The chunks in order, as ranges of bytes; empty for a fragmented file, which lists them elsewhere.
    func chunks(in specimen: Specimen) throws(Failure) -> [Range<Int>] {
        let isWide = atoms["co64"] != nil
        let offsets = try specimen.table(atoms[isWide ? "co64" : "stco"], width: isWide ? 8 : 4)
        let counts = try SampleCounts(atoms["stsc"], in: specimen)
        let sizes = try SampleSizes(atoms["stsz"], in: specimen)
        var (chunks, sample): ([Range<Int>], Int) = ([], 0)
        for ((index, offset), count) in zip(offsets.enumerated(), counts) {
            guard let length = sizes.sum(from: sample, count), (0...specimen.bytes).contains(offset) else {
                throw specimen.damage("its tables do not say where chunk \(index + 1) of \(offsets.count) is")
            }
            chunks.append(offset..<offset + length)
            sample += count
        }
        return chunks
    }
}

/// The number of samples in each chunk, endlessly. A row applies from the chunk that it names, counted from 1, to the one
/// that the next row names.
private struct SampleCounts: Sequence, IteratorProtocol {
    private let rows: [Int]
    private var row = 0
    private var chunk = 0

    init(_ atom: Atom?, in specimen: Specimen) throws(Failure) {
        rows = try specimen.table(atom, width: 4, columns: 3)
    }

    mutating func next() -> Int? {
        chunk += 1
        while row + 3 < rows.count, rows[row + 3] <= chunk { row += 3 }
        return rows.isEmpty ? 0 : rows[row + 1]
    }
}

/// The size of each sample in bytes: one number for all, or a table.
private struct SampleSizes {
    private let common: Int
    private let count: Int
    /// The total size before each sample and of all of them, in bytes; empty if all have one size, or sizes are not listed.
    private var sums: [Int] = []

    init(_ atom: Atom?, in specimen: Specimen) throws(Failure) {
        guard let atom else {
            (common, count) = (0, .max)
            return
        }
        let head = try specimen.bytes(atom.body.prefix(12))
        (common, count) = (number(head.dropFirst(4).prefix(4)), number(head.dropFirst(8)))
        guard common == 0 else { return }
        sums = [0]
        for size in try specimen.table(atom, width: 4, headLength: 8) { sums.append(sums[sums.count - 1] + size) }
    }

    /// Nil when there are not that many samples, or their size is more than any file holds.
    func sum(from first: Int, _ samples: Int) -> Int? {
        guard samples <= count - first else { return nil }
        if !sums.isEmpty { return sums[first + samples] - sums[first] }
        let (sum, isTooMuch) = samples.multipliedReportingOverflow(by: common)
        return isTooMuch || sum > .max / 2 ? nil : sum
    }
}

extension Specimen {
    /// The numbers in a table, which has the count of its rows after `headLength` bytes, then each row's columns.
    fileprivate func table(_ atom: Atom?, width: Int, columns: Int = 1, headLength: Int = 4) throws(Failure) -> [Int] {
        guard let atom else { return [] }
        let body = try bytes(atom.body)
        let count = number(body.dropFirst(headLength).prefix(4)) * columns
        let start = headLength + 4
        guard count * width <= body.count - start else {
            throw damage("the table \(atom.name) at \(atom.body.lowerBound) of \(bytes) bytes is too short")
        }
        return (0..<count).map { number(body[start + $0 * width..<start + ($0 + 1) * width]) }
    }
}
