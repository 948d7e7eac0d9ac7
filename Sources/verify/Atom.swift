import Wire

/// One atom of an MP4 file: a length, a name, and a body that may be atoms again.
struct Atom {
    let name: String
    /// The range of its body in the file, without the header.
    let body: Range<Int>
}

extension Specimen {
    /// The atoms in a range of the file, which they have to fill.
    func atoms(in range: Range<Int>) throws(Failure) -> [Atom] {
        var atoms: [Atom] = []
        var position = range.lowerBound
        while position < range.upperBound {
            let atom = try atom(at: position, before: range.upperBound)
            atoms.append(atom)
            position = atom.body.upperBound
        }
        return atoms
    }

    /// The atoms with this name inside others.
    func atoms(_ name: String, in atoms: [Atom]) throws(Failure) -> [Atom] {
        var found: [Atom] = []
        for atom in atoms { found += try self.atoms(in: atom.body).filter { $0.name == name } }
        return found
    }

    private func atom(at position: Int, before end: Int) throws(Failure) -> Atom {
        let head = try bytes(position..<min(position + 16, end))
        let (name, short) = (Array(head.dropFirst(4).prefix(4)), number(head.prefix(4)))
        guard head.count >= 8, name.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0xA9 }) else {
            throw damage("there is no atom at \(position) of \(bytes) bytes")
        }
        let (headerLength, length) =
            switch short {
            case 1: (16, head.count < 16 ? 0 : number(head.suffix(8)))
            // An atom that was begun before its length was known: only that of the sound may be.
            case 0 where name.elementsEqual("mdat".utf8) && end == bytes: (8, end - position)
            default: (8, short)
            }
        guard length >= headerLength else { throw damage("the atom at \(position) of \(bytes) bytes has no length") }
        guard length <= end - position else {
            throw damage("the atom at \(position) of \(bytes) bytes is \(length - (end - position)) bytes short")
        }
        let body = position + headerLength..<position + length
        return Atom(name: String(decoding: name, as: UTF8.self), body: body)
    }
}
