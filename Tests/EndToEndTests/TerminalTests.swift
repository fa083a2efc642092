// What is left of a terminal when a command that asks for a password ends before it has one.
// Must not ask which words it uses.

import Foundation
import Testing

@Suite("Terminals", .timeLimit(.minutes(5)))
struct TerminalTests {
    /// Its keys were not shown any more, and Ctrl-C did nothing, until somebody typed `stty sane`.
    @Test(
        "is as it was",
        arguments: [
            ("SIGTERM", ""), ("SIGHUP", ""), ("SIGALRM", ""), ("SIGUSR1", ""), ("SIGINT", "\\x03"), ("SIGINT", "\\x1c"),
        ]
    )
    func restored(signal: String, keys: String) async throws {
        let script = """
            import fcntl, os, pty, signal, subprocess, sys, termios, time
            leader, side = pty.openpty()
            before = termios.tcgetattr(side)
            attach = lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            command = [sys.argv[1], "password", "x"]
            child = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, start_new_session=True, preexec_fn=attach)
            while termios.tcgetattr(side)[3] & termios.ECHO:
                assert child.poll() is None
                time.sleep(0.01)
            # Half a password, and a key that nobody means to be in one.
            os.write(leader, b"sec\\x1a")
            os.write(leader, b"\(keys)") if b"\(keys)" else child.send_signal(signal.\(signal))
            status = child.wait()
            print(-status == signal.\(signal), termios.tcgetattr(side) == before)
            """
        try await Folder.temporary { folder in
            let ended = try await Child.run(.python, ["-c", script, Built.popsieve], in: folder)
            #expect(String(decoding: ended.output, as: UTF8.self) == "True True\n", "\(ended)")
        }
    }
}
