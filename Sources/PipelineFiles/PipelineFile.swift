import Files
import Foundation
import Glibc
import Wire
import Yams

/// A pipeline read from a file, or all that is wrong with it.
package struct PipelineFile {
    /// Nil if anything is wrong.
    package let pipeline: Pipeline?
    /// What is wrong, in the order of the file's lines.
    package let mistakes: [Mistake]
    private let name: String

    private static let maximumBytes = 1 << 20

    /// Reads a file.
    ///
    /// - Throws: `no_pipeline` (`config`) if the file cannot be read.
    package init(at path: String) throws(Failure) {
        self.init(bytes: try Self.bytes(of: path), name: path)
    }

    /// `name` is what messages call it.
    init(bytes: [UInt8], name: String) {
        let mistakes = Mistakes()
        var pipeline: Pipeline?
        if bytes.count > Self.maximumBytes {
            mistakes.add("a pipeline file may have at most \(Self.maximumBytes) bytes", line: 1)
        } else if let text = String(validating: bytes, as: UTF8.self) {
            pipeline = Self.node(in: text, mistakes).map { Pipeline($0, path: name, mistakes) }
        } else {
            mistakes.add("the file is not valid UTF-8", line: 1)
        }
        self.name = name
        self.mistakes = mistakes.list
        self.pipeline = mistakes.list.isEmpty ? pipeline : nil
    }

    /// The pipeline; throws `bad_pipeline` with all mistakes, one per line.
    func sound() throws(Failure) -> Pipeline {
        guard let pipeline else { throw mistakes.failure(in: name) }
        return pipeline
    }

    private static func bytes(of path: String) throws(Failure) -> [UInt8] {
        func failure() -> Failure {
            let advice = errno == ENOENT ? "; Pipelines/library.yaml is one to start from" : ""
            return .config(
                "no_pipeline", "cannot read the pipeline file \(path): \(String(cString: strerror(errno)))\(advice)")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
        var count = 0
        while count < bytes.count {
            let more = bytes.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            if more == 0 { break }
            guard more > 0 || errno == EINTR else { throw failure() }
            count += max(more, 0)
        }
        return Array(bytes[..<count])
    }

    private static func node(in text: String, _ mistakes: Mistakes) -> Node? {
        do {
            // The encoding is named: for the default, Yams reads a variable of its own and writes about it to stdout.
            if let node = try Yams.compose(yaml: text, .default, .default, .utf8) { return node }
            mistakes.add("the file is empty; a pipeline has stages", line: 1)
        } catch let error as YamlError {
            mistakes.add(error)
        } catch {
            mistakes.add("\(error)", line: 1)
        }
        return nil
    }
}

extension Pipeline {
    /// Reads a file.
    ///
    /// - Throws: `no_pipeline` (`config`) if the file cannot be read, `bad_pipeline` (`config`) with all that is wrong,
    ///   one mistake per line.
    package init(file: String) throws(Failure) { self = try PipelineFile(at: file).sound() }
}

extension Mistakes {
    /// Adds what a YAML parser found wrong.
    fileprivate func add(_ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, let yaml) where problem.contains("start any token"):
            add("this is not valid YAML: \(Self.refusal(of: mark, in: yaml))", line: mark.line)
        case .scanner(_, let problem, let mark, _) where problem.contains("tab character"):
            add("this is not valid YAML: \(Self.tab)", line: mark.line)
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let during = context.map { " \($0.text) that begins in line \($0.mark.line)" } ?? ""
            add("this is not valid YAML: \(problem)\(during)", line: mark.line)
        case .reader(let problem, let offset, _, let yaml):
            let line = yaml.prefix(offset ?? 0).split(separator: "\n", omittingEmptySubsequences: false).count
            add("this is not valid YAML: \(problem)", line: line)
        case .duplicatedKeysInMapping(let keys, let context):
            add("the key \(keys.joined(separator: ", ")) appears twice in one mapping", line: context.mark.line)
        default: add("this is not valid YAML: \(error)".replacing("\n", with: " "), line: 1)
        }
    }

    private static let tab = "a tab where only spaces are allowed; indent with spaces"

    /// Why nothing can begin with the character at a mark.
    private static func refusal(of mark: Mark, in yaml: String) -> String {
        let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
        let line = mark.line <= lines.count ? lines[mark.line - 1] : ""
        guard let character = line.unicodeScalars.dropFirst(mark.column - 1).first, character != "\t" else {
            return tab
        }
        return "a word that begins with \(character) must be in quotes"
    }
}
