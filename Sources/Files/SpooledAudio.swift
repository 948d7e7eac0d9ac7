import Glibc
import Wire

/// A record's clear file, open for reading and of the length that the record says.
package struct SpooledAudio: ~Copyable {
    package let file: SpooledFile
    package let descriptor: Int32
    /// The format that its bytes show, whatever was announced; nil when we do not know it.
    package let format: Format?

    /// Opens the file of a record, on behalf of `stage`.
    ///
    /// - Throws: `no_file` (`config`; `stale` for one of the library) for a record without a file and `still_wrapped` (`config`) for a wrapped one,
    ///   `no_file` or `wrong_length` (`stale`) for a file that is gone or has another length, `bad_record` or
    ///   `bad_cipher` (`permanent`), and what ``fileFailure(_:errno:)`` makes of it.
    package init(_ record: Record, for stage: String) throws(Failure) {
        guard let file = try record.file else {
            throw record.lacksFile ?? .config("no_file", "the record has no file; put fetch before \(stage)")
        }
        guard file.cipher == nil else {
            throw .config("still_wrapped", "the file is still wrapped; put decrypt before \(stage)")
        }
        self.init(file, open: try Self.open(file))
    }

    private init(_ file: SpooledFile, open descriptor: Int32) {
        (self.file, self.descriptor, format) = (file, descriptor, Magic.format(ofFile: descriptor))
    }

    deinit { close(descriptor) }

    private static func open(_ file: SpooledFile) throws(Failure) -> Int32 {
        let descriptor = Glibc.open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw errno == ENOENT || errno == ENOTDIR
                ? .stale("no_file", "\(file.path) is gone") : fileFailure("cannot open \(file.path)")
        }
        do throws(Failure) {
            try check(descriptor, file)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func check(_ descriptor: Int32, _ file: SpooledFile) throws(Failure) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .stale("no_file", "\(file.path) is not a file")
        }
        guard status.st_size == file.bytes else {
            throw .stale("wrong_length", "\(file.path) has \(status.st_size) bytes, not \(file.bytes)")
        }
    }
}
