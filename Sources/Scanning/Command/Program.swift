// One run of a program, on a thread of its own: started, fed, listened to, waited for. Must not leave a process, a
// descriptor or a waiting task behind, whatever fails. Says `unsafe`, because the system's calls take pointers.

import CLinux
import Glibc
import Synchronization
import SystemPackage

/// A program that reads a message and answers.
///
/// It has a thread because a process that ends can be waited for without a descriptor only by one that does nothing
/// else. What needs descriptors is opened before it is started, so that a lack of them is an error, and no process.
final class Program: Sendable {
    /// How it ended, and what it wrote.
    struct Ended: Sendable {
        enum Status: Sendable, Equatable {
            case exited(Int)
            case killed(signal: Int)
        }

        var status: Status
        var output: [UInt8]
    }

    private enum State {
        case ready
        case running(pid_t)
        /// Nobody waits for it any more, or it has gone.
        case over
    }

    private let words: [String]
    private let environment: [String]
    private let outputLimit: Int
    private let state = Mutex(State.ready)

    /// - Parameters:
    ///   - words: its path, and its arguments.
    ///   - environment: `NAME=VALUE`; it gets nothing else.
    ///   - outputLimit: octets that it may write.
    init(_ words: [String], environment: [String], outputLimit: Int) {
        self.words = words
        self.environment = environment
        self.outputLimit = outputLimit
    }

    /// Runs it once, with the message on its standard input. Cancelling the task ends its whole process group.
    func run(_ source: any ScanSource) async throws(UnscannedReason) -> Ended {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                do throws(UnscannedReason) {
                    try DetachedThread.start { [self] in continuation.resume(returning: onThread(source)) }
                } catch {
                    continuation.resume(returning: Result.failure(error))
                }
            }
        } onCancel: {
            end()
        }
        return try result.get()
    }

    private func onThread(_ source: any ScanSource) -> Result<Ended, UnscannedReason> {
        Result { () throws(UnscannedReason) in
            let pipes = try ProgramPipes()
            let pid = try start(pipes)
            pipes.closeProgramsEnds()
            return try wait(for: pid) { () throws(UnscannedReason) in
                try pipes.exchange(source, outputLimit: outputLimit) { Self.hasEnded(pid, options: WNOHANG) }
            }
        }
    }

    /// Reaps it, whatever came of the exchange, and ends what it leaves behind in its group.
    private func wait(
        for pid: pid_t,
        after exchange: () throws(UnscannedReason) -> [UInt8]
    ) throws(UnscannedReason) -> Ended {
        let output = Result(catching: exchange)
        if case .failure = output { end() }
        _ = Self.hasEnded(pid, options: 0)
        // Invariant: as long as it is not reaped, nobody else has its number; the service makes sure that nobody else reaps.
        end()
        var status: Int32 = 0
        var reaped: pid_t
        repeat { reaped = unsafe waitpid(pid, &status, 0) } while reaped < 0 && errno == EINTR
        guard reaped == pid else { throw .failed("it can't be waited for: \(Errno(rawValue: errno))") }
        let signal = Int(status & 0x7f)
        return Ended(
            status: signal == 0 ? .exited(Int(status >> 8) & 0xff) : .killed(signal: signal),
            output: try output.get()
        )
    }

    /// Whether it has ended; without `WNOHANG`, waits until it has. It can still be waited for.
    private static func hasEnded(_ pid: pid_t, options: Int32) -> Bool {
        var result: Int32
        var information = unsafe siginfo_t()
        repeat {
            result = unsafe waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT | options)
        } while result != 0 && errno == EINTR
        // Without an answer there is nothing to wait for.
        return unsafe result != 0 || information.si_signo == SIGCHLD
    }

    /// Ends it and its group, or keeps it from being started.
    private func end() {
        state.withLock { state in
            if case .running(let pid) = state { _ = kill(-pid, SIGKILL) }
            state = .over
        }
    }
}

// MARK: How it is started

extension Program {
    private func start(_ pipes: ProgramPipes) throws(UnscannedReason) -> pid_t {
        var pid: pid_t = 0
        let failure = state.withLock { state -> Int32 in
            guard case .ready = state else { return ECANCELED }
            let failure = spawn(&pid, pipes)
            if failure == 0 { state = .running(pid) }
            return failure
        }
        switch failure {
        case 0: return pid
        case ECANCELED: throw .cancelled
        case ENOENT, EACCES, ENOTDIR, ENOEXEC: throw .unreachable("\(words[0]): \(Errno(rawValue: failure))")
        default: throw .failed("it can't be started: \(Errno(rawValue: failure))")
        }
    }

    /// An error of the system, or 0.
    private func spawn(_ pid: inout pid_t, _ pipes: ProgramPipes) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard unsafe posix_spawn_file_actions_init(&actions) == 0 else { return ENOMEM }
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        guard unsafe posix_spawnattr_init(&attributes) == 0 else { return ENOMEM }
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var failures = [
            unsafe posix_spawn_file_actions_adddup2(&actions, pipes.input.program.rawValue, 0),
            unsafe posix_spawn_file_actions_adddup2(&actions, pipes.output.program.rawValue, 1),
            unsafe posix_spawn_file_actions_adddup2(&actions, pipes.nowhere.rawValue, 2),
            unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3),
            unsafe posix_spawn_file_actions_addchdir_np(&actions, "/"),
        ]
        // A group of its own, which ends as a whole; and no signal as the relay has set it.
        var (none, all) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        failures.append(unsafe posix_spawnattr_setpgroup(&attributes, 0))
        failures.append(unsafe posix_spawnattr_setsigmask(&attributes, &none))
        failures.append(unsafe posix_spawnattr_setsigdefault(&attributes, &all))
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        failures.append(unsafe posix_spawnattr_setflags(&attributes, Int16(flags)))
        if let failure = failures.first(where: { $0 != 0 }) { return failure }
        return unsafe withCStrings(words) { arguments in
            unsafe withCStrings(environment) { environment in
                unsafe posix_spawn(&pid, words[0], &actions, &attributes, arguments, environment)
            }
        }
    }

    private func withCStrings(
        _ texts: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        var pointers = unsafe texts.map { unsafe strdup($0) }
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        guard unsafe pointers.allSatisfy({ unsafe $0 != nil }) else { return ENOMEM }
        unsafe pointers.append(nil)
        return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
            guard let first = buffer.baseAddress else { return ENOMEM }
            return unsafe body(first)
        }
    }
}
