// Starting programs and waiting for their end, for tests.
// Must not know what the programs are for.

package import Foundation
import Glibc
import Synchronization

/// A program that was started by a test.
///
/// Foundation's `Process` looks through all open files for each start and reads beyond a buffer while it does so: with
/// many tests at once, now and then, all of them end there.
package final class ChildProcess: Sendable {
    /// A program can't be started.
    package struct Failure: Error {
        package let path: String
        package let number: Int32
    }

    /// Either how it ended, or who wants to know.
    private enum State {
        case running([@Sendable (Int32) -> Void])
        case ended(Int32)
    }

    package let identifier: pid_t
    private let state = Mutex(State.running([]))

    /// Starts a program, in `folder` if one is given; no file but the three is open in it, and no signal blocked or ignored.
    package init(
        path: String,
        _ arguments: [String],
        environment: [String: String] = ProcessInfo.processInfo.environment,
        folder: String? = nil,
        input: FileHandle = .nullDevice,
        output: FileHandle = .nullDevice,
        errors: FileHandle = .nullDevice
    ) throws {
        // Glibc's own way to change the folder is not there for Swift.
        let command = (folder.map { ["/usr/bin/env", "-C", $0] } ?? []) + [path] + arguments
        identifier = try Self.spawn(
            command,
            environment: environment.map { "\($0)=\($1)" },
            files: [input, output, errors].map(\.fileDescriptor)
        )
        Thread.detachNewThread { [self] in ended(Self.wait(for: identifier)) }
    }

    /// Waits for its end: the exit status, or 128 and the signal that ended it.
    package func end() async -> Int32 {
        await withCheckedContinuation { continuation in whenEnded { continuation.resume(returning: $0) } }
    }

    /// The same where nothing can be awaited.
    @discardableResult
    package func waitForEnd() -> Int32 {
        let gate = DispatchSemaphore(value: 0)
        whenEnded { _ in gate.signal() }
        gate.wait()
        return state.withLock { if case .ended(let status) = $0 { status } else { -1 } }
    }

    package func signal(_ signal: Int32) { kill(identifier, signal) }

    private func whenEnded(_ tell: @escaping @Sendable (Int32) -> Void) {
        let status: Int32? = state.withLock { state in
            switch state {
            case .ended(let status): return status
            case .running(let listeners):
                state = .running(listeners + [tell])
                return nil
            }
        }
        if let status { tell(status) }
    }

    private func ended(_ status: Int32) {
        let listeners: [@Sendable (Int32) -> Void] = state.withLock { state in
            defer { state = .ended(status) }
            if case .running(let listeners) = state { return listeners }
            return []
        }
        for tell in listeners { tell(status) }
    }
}

// MARK: System calls

extension ChildProcess {
    private static func wait(for identifier: pid_t) -> Int32 {
        var status: Int32 = 0
        // Invariant: the number lives to the end of the function.
        while unsafe waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    private static func spawn(_ command: [String], environment: [String], files: [Int32]) throws -> pid_t {
        // Invariant: both are set up once, used to the end of the function and destroyed there.
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            // Invariant: both were set up above.
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        var (none, all) = (sigset_t(), sigset_t())
        // Invariant: the attributes copy the sets.
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        for (target, file) in files.enumerated() {
            // Invariant: plain numbers and a constant; the actions are set up. The null device is no open file.
            if file < 0 {
                unsafe posix_spawn_file_actions_addopen(&actions, Int32(target), "/dev/null", O_RDWR, 0)
            } else {
                unsafe posix_spawn_file_actions_adddup2(&actions, file, Int32(target))
            }
        }
        for file in 3..<min(Int32(sysconf(Int32(_SC_OPEN_MAX))), 4_096) {
            // Invariant: plain numbers; one that is not open is no error.
            unsafe posix_spawn_file_actions_addclose(&actions, file)
        }
        return try unsafe withPointers(command) { arguments in
            try unsafe withPointers(environment) { environment in
                var identifier: pid_t = 0
                // Invariant: all pointers stay good until the call returns; the kernel copies what they point at.
                let number = unsafe posix_spawn(&identifier, command[0], &actions, &attributes, arguments, environment)
                guard number == 0 else { throw Failure(path: command[0], number: number) }
                return identifier
            }
        }
    }

    /// The strings as C has them, with a null pointer behind the last.
    private static func withPointers<Result>(
        _ strings: [String],
        // Invariant: the pointers are good until the body returns.
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
    ) rethrows -> Result {
        // Invariant: each copy is freed once, behind the body.
        var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
        // Invariant: the same.
        defer {
            // Invariant: the same.
            for index in unsafe pointers.indices { unsafe free(pointers[index]) }
        }
        return try unsafe body(&pointers)
    }
}
