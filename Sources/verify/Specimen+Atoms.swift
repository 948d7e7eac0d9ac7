import Tags
import Wire

extension Specimen {
    /// M4A: atoms that fill the file, and tables whose chunks all lie in the sound; the sound itself has no checksum.
    func examineAtoms() throws(Failure) -> Double? {
        let top = try atoms(in: 0..<bytes)
        let sound = top.filter { $0.name == "mdat" }.map(\.body)
        guard top.first?.name == "ftyp" else { throw damage("its first atom is not ftyp") }
        guard let movie = top.first(where: { $0.name == "moov" }) else { throw damage("it has no moov") }
        guard !sound.isEmpty else { throw damage("it has no mdat") }
        for table in try sampleTables(in: movie) {
            for chunk in try table.chunks(in: self) where !sound.contains(where: { chunk.clamped(to: $0) == chunk }) {
                throw damage("a chunk from \(chunk.lowerBound) to \(chunk.upperBound) of \(bytes) bytes is not in mdat")
            }
        }
        return try duration()
    }

    private func sampleTables(in movie: Atom) throws(Failure) -> [SampleTable] {
        var inner = [movie]
        for name in ["trak", "mdia", "minf", "stbl"] { inner = try atoms(name, in: inner) }
        guard !inner.isEmpty else { throw damage("it has no track") }
        var tables: [SampleTable] = []
        for atom in inner { tables.append(SampleTable(try atoms(in: atom.body))) }
        return tables
    }

    private func duration() throws(Failure) -> Double? {
        do throws(Failure) {
            let duration = try AudioTags.duration(path, .m4a)
            return duration > 0 ? duration : nil
        } catch {
            throw damage(error.message)
        }
    }
}
