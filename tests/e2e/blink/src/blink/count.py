import trimtab.runtime as trimtab

run = trimtab.start()
(run.write("numbers") / "numbers.csv").write_text("n\n1\n2\n3\n4\n")
run.finish({"rows": 4})
