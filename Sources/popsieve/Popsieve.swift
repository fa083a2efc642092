@main
enum Popsieve {
    static func main() {}
}
