// The terminal of this process, for as long as a password is typed: nothing of it is shown.
// Must not leave it silent. The unsafe calls get addresses of local values that outlive them.

import Dispatch
import Glibc

/// `/dev/tty`, whatever standard input and output are.
struct SilentTerminal {
    private let descriptor: CInt
    private let before: termios
    /// Signals that would end the process, and leave the terminal as it is.
    private let endings: [any DispatchSourceSignal]

    /// Nil where there is none.
    init?() {
        let descriptor = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        var settings = termios()
        guard unsafe tcgetattr(descriptor, &settings) == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        before = settings
        endings = [SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2].map { [settings] number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { Self.die(of: number, descriptor, settings) }
            source.resume()
            return source
        }
        // Lines are edited here, and an interrupt is a key: who presses it gets the terminal back as it was.
        settings.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard unsafe tcsetattr(descriptor, TCSAFLUSH, &settings) == 0 else {
            close(descriptor)
            return nil
        }
    }

    func end() {
        for source in endings {
            source.cancel()
            signal(CInt(source.handle), SIG_DFL)
        }
        Self.restore(descriptor, before)
        close(descriptor)
    }

    private static func restore(_ descriptor: CInt, _ before: termios) {
        var settings = before
        unsafe tcsetattr(descriptor, TCSAFLUSH, &settings)
    }

    /// As the signal would have it, with the terminal as it was.
    private static func die(of number: CInt, _ descriptor: CInt, _ before: termios) {
        restore(descriptor, before)
        signal(number, SIG_DFL)
        kill(getpid(), number)
    }

    /// One line; nil at the end of input.
    func ask(_ question: String) -> [UInt8]? {
        show(question)
        defer { show("\n") }
        var line: [UInt8] = []
        var octet: UInt8 = 0
        while unsafe read(descriptor, &octet, 1) == 1 {
            switch octet {
            case 0x0A, 0x0D: return line
            // Ctrl-C and Ctrl-\, and Ctrl-D at the beginning.
            case 0x03, 0x1C: interrupt()
            case 0x04 where line.isEmpty: return nil
            case 0x04: break
            // Backspace takes a character, Ctrl-U all.
            case 0x08, 0x7F:
                while let last = line.popLast(), last & 0xC0 == 0x80 {}
            case 0x15: line = []
            // Nobody means other keys of that kind, such as Ctrl-Z, to be in a password.
            case 0..<0x20: break
            default: line.append(octet)
            }
        }
        return line.isEmpty ? nil : line
    }

    private func interrupt() {
        show("\n")
        end()
        kill(getpid(), SIGINT)
    }

    private func show(_ text: String) {
        let octets = Array(text.utf8)
        _ = unsafe octets.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    }
}
