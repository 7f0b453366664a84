def test_an_agent_reads_who_it_is(erin, ed):
    answer = erin.get("/api/agents/me")

    assert answer.status_code == 200
    assert answer.json() == {
        "id": erin.id,
        "name": "Erin",
        "role": "executor",
        "description": "",
        "status": "active",
        "total_score": 0,
    }
