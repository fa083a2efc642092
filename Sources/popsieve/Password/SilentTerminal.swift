// The terminal of this process, for as long as a password is typed: nothing of it is shown.
// Must not leave it silent. The unsafe calls get addresses of local values that outlive them.

import Glibc

/// `/dev/tty`, whatever standard input and output are.
struct SilentTerminal {
    private let descriptor: CInt
    private let before: termios

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
        settings.c_lflag &= ~tcflag_t(ECHO)
        settings.c_lflag |= tcflag_t(ECHONL)
        guard unsafe tcsetattr(descriptor, TCSAFLUSH, &settings) == 0 else {
            close(descriptor)
            return nil
        }
    }

    func end() {
        var settings = before
        unsafe tcsetattr(descriptor, TCSAFLUSH, &settings)
        close(descriptor)
    }

    /// One line; nil at the end of input.
    func ask(_ question: String) -> [UInt8]? {
        let question = Array(question.utf8)
        _ = unsafe question.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        var line: [UInt8] = []
        var octet: UInt8 = 0
        while unsafe read(descriptor, &octet, 1) == 1 {
            if octet == 0x0A { return line }
            line.append(octet)
        }
        return line.isEmpty ? nil : line
    }
}
