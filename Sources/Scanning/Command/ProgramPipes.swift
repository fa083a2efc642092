// A program's standard input and output, as pipes of ours. Must not wait for one while the other could go on, nor for
// one that nobody uses any more. Says `unsafe`, because the system's calls take pointers.

import Glibc
import SystemPackage

/// Two pipes and a place for complaints; what is still open when they go is closed.
final class ProgramPipes {
    /// One pipe: the program's end, and ours, which never waits.
    struct Ends {
        var program: FileDescriptor
        var ours: FileDescriptor
    }

    let input: Ends
    let output: Ends
    /// What is written to goes nowhere, as what the program says to nobody.
    let nowhere: FileDescriptor
    private var open: [FileDescriptor]

    /// How long, in ms, a program that has ended may be taken for a running one because something that it has left behind
    /// keeps its output open.
    private static let glance: Int32 = 20

    init() throws(UnscannedReason) {
        var open: [FileDescriptor] = []
        do {
            nowhere = try FileDescriptor.open(FilePath("/dev/null"), .writeOnly, options: .closeOnExec)
            open.append(nowhere)
            let reading = try FileDescriptor.pipe()
            open += [reading.readEnd, reading.writeEnd]
            let writing = try FileDescriptor.pipe()
            open += [writing.readEnd, writing.writeEnd]
            input = Ends(program: reading.readEnd, ours: reading.writeEnd)
            output = Ends(program: writing.writeEnd, ours: writing.readEnd)
        } catch {
            for file in open { try? file.close() }
            throw .failed("it can't be started: \(error)")
        }
        for file in open { _ = fcntl(file.rawValue, F_SETFD, FD_CLOEXEC) }
        for file in [input.ours, output.ours] { _ = fcntl(file.rawValue, F_SETFL, O_NONBLOCK) }
        self.open = open
    }

    deinit { for file in open { try? file.close() } }

    /// The program has its own.
    func closeProgramsEnds() { for file in [input.program, output.program, nowhere] { close(file) } }

    private func close(_ file: FileDescriptor) {
        guard let index = open.firstIndex(of: file) else { return }
        open.remove(at: index)
        try? file.close()
    }

    /// Gives it the message and takes its answer, until it has ended or closed both. One that has seen enough may close its
    /// input: it answers all the same.
    ///
    /// - Parameter hasEnded: whether it has; it is asked after each step.
    /// - Returns: what it wrote.
    func exchange(
        _ source: any ScanSource,
        outputLimit: Int,
        hasEnded: () -> Bool
    ) throws(UnscannedReason) -> [UInt8] {
        var pieces = source.pieces.makeIterator()
        var piece: ArraySlice<UInt8> = []
        var answer: [UInt8] = []
        while open.contains(input.ours) || open.contains(output.ours) {
            // Refilled here and not where it is written, so that an input without octets is closed at once, too.
            if piece.isEmpty, open.contains(input.ours) {
                if let next = pieces.next() {
                    piece = try source.array(next)[...]
                } else {
                    close(input.ours)
                }
            }
            let isOver = hasEnded()
            if !isOver { waitUntilReady() }
            write(&piece)
            try read(into: &answer, limit: outputLimit)
            if isOver { break }
        }
        return answer
    }

    private func waitUntilReady() {
        var files = [(input.ours, POLLOUT), (output.ours, POLLIN)].compactMap { file, events in
            open.contains(file) ? pollfd(fd: file.rawValue, events: Int16(events), revents: 0) : nil
        }
        guard !files.isEmpty else { return }
        _ = unsafe poll(&files, nfds_t(files.count), Self.glance)
    }

    private func write(_ piece: inout ArraySlice<UInt8>) {
        while open.contains(input.ours), !piece.isEmpty {
            do {
                piece.removeFirst(try unsafe piece.withUnsafeBytes { try unsafe input.ours.write($0) })
            } catch Errno.resourceTemporarilyUnavailable {
                return
            } catch {
                close(input.ours)
            }
        }
    }

    private func read(into answer: inout [UInt8], limit: Int) throws(UnscannedReason) {
        while open.contains(output.ours) {
            let octets: [UInt8]
            do {
                octets = try unsafe [UInt8](unsafeUninitializedCapacity: 16 * 1024) { buffer, count in
                    count = try unsafe output.ours.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
            } catch Errno.resourceTemporarilyUnavailable {
                return
            } catch {
                return close(output.ours)
            }
            if octets.isEmpty { return close(output.ours) }
            answer += octets
            guard answer.count <= limit else { throw .badAnswer("it has more than \(limit) octets") }
        }
    }
}
