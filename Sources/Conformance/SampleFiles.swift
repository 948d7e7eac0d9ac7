import Files
import Foundation
import Glibc
import Wire

/// Copies of the files that sample records name: what the stage does to one is noticed, and undone.
final class SampleFiles {
    private let folder: String
    private var files: [File] = []

    private struct File {
        let path: String
        let original: String
        let sha256: String
        var stamp: Stamp?
    }

    /// The part of a file's status that a program cannot change and then restore.
    private struct Stamp: Equatable {
        let inode: UInt
        let seconds: Int
        let nanoseconds: Int

        init?(of path: String) {
            var status = stat()
            guard lstat(path, &status) == 0 else { return nil }
            (inode, seconds, nanoseconds) = (status.st_ino, status.st_ctim.tv_sec, status.st_ctim.tv_nsec)
        }
    }

    init(folder: String) { self.folder = folder }

    var isEmpty: Bool { files.isEmpty }

    /// Makes a short WAV file of near silence, and adopts it.
    func makeAudio(named name: String, seed: UInt8) throws(Failure) -> (path: String, bytes: Int, sha256: String) {
        let samples = [UInt8](repeating: 128 + seed, count: 800)
        let length = UInt8(truncatingIfNeeded: samples.count), more = UInt8(samples.count >> 8)
        let header: [UInt8] =
            Array("RIFF".utf8) + [length &+ 36, more, 0, 0] + Array("WAVEfmt ".utf8)
            + [16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0] + Array("data".utf8)
            + [length, more, 0, 0]
        let path = "\(folder)/made-\(name)"
        guard FileManager.default.createFile(atPath: path, contents: Data(header + samples)), let copy = adopt(path)
        else { throw fileFailure("cannot write \(path)") }
        let digest = try digest(ofFile: copy)
        return (copy, digest.bytes, digest.sha256)
    }

    /// The path of a copy for the stage to use; nil if there is no such file.
    func adopt(_ original: String) -> String? {
        guard fileSize(original) != nil, let digest = try? digest(ofFile: original) else { return nil }
        let own = "\(folder)/\(files.count + 1)"
        try? FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
        files.append(File(path: "\(own)/\(lastPart(of: original))", original: original, sha256: digest.sha256))
        copy(files.count - 1)
        return files[files.count - 1].path
    }

    /// Restores every file that has changed.
    func restore() {
        for index in files.indices where !isIntact(files[index]) { copy(index) }
    }

    /// What happened to the first file that has changed; nil if none has.
    var damage: String? {
        files.first { !isIntact($0) }.map {
            "\(lastPart(of: $0.path)) is \(fileSize($0.path) == nil ? "gone" : "changed")"
        }
    }

    private func copy(_ index: Int) {
        let file = files[index]
        try? FileManager.default.removeItem(atPath: file.path)
        try? FileManager.default.copyItem(atPath: file.original, toPath: file.path)
        files[index].stamp = Stamp(of: file.path)
    }

    private func isIntact(_ file: File) -> Bool {
        if let stamp = Stamp(of: file.path), stamp == file.stamp { return true }
        return (try? digest(ofFile: file.path))?.sha256 == file.sha256
    }
}
