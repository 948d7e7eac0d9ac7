import Files
import Wire

extension CredentialsFile {
    /// What the programs need that a file of credentials names: none where it names none, cannot be read, or can be read only once.
    package static func needs(of path: String?) -> Needs {
        guard let path, FileVersion(of: path) != nil, let text = try? secret(inFile: path),
            let commands = try? Credentials(text: text).commands, !commands.isEmpty
        else { return Needs() }
        return Needs(
            reads: commands.flatMap(filesNamed), writes: [AskedSecret.folder].compactMap(\.self), startsPrograms: true)
    }
}
